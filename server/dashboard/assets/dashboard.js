/**
 * What a page gains where scripts run: local times, lists that follow the server, desktop notices on request. Without it
 * every link and form works as well.
 */

"use strict";

(() => {
  const fields = {
    year: "numeric",
    month: "short",
    day: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    timeZoneName: "short",
    hourCycle: "h23",
  };
  const { lang } = document.documentElement;
  const full = new Intl.DateTimeFormat(lang, fields);
  const exact = new Intl.DateTimeFormat(lang, { ...fields, second: "2-digit" });

  /** The server writes UTC; who reads it lives somewhere. */
  function localTimes(root) {
    for (const element of root.querySelectorAll("time[datetime]:not([data-local])")) {
      const instant = new Date(element.getAttribute("datetime"));
      if (Number.isNaN(instant.getTime())) continue;
      element.title = element.textContent;
      element.textContent = (element.dataset.exact === undefined ? full : exact).format(instant);
      element.dataset.local = "";
    }
  }

  /** A list is not taken from under the hands of somebody who fills in a form of it. */
  function refresh(list) {
    const touched = list.querySelector("[data-touched]") !== null || list.contains(document.activeElement);
    const notice = document.getElementById("list-changed");
    if (touched && notice !== null) notice.hidden = false;
    else globalThis.htmx.trigger(list, "refresh");
  }

  function follow(list) {
    const source = new EventSource(list.dataset.follow);
    let { state } = list.dataset;
    let waiting = Number(list.dataset.waiting);
    source.addEventListener("changed", (event) => {
      const facts = JSON.parse(event.data);
      if (facts.state === state) return;
      refresh(list);
      if (facts.waiting > waiting) tell(list);
      ({ state, waiting } = facts);
    });
    globalThis.addEventListener("pagehide", () => source.close());
  }

  function tell(list) {
    const { notice } = list.dataset;
    if (notice === undefined || !("Notification" in globalThis)) return;
    if (Notification.permission === "granted" && localStorage.getItem("notices") === "on") {
      new Notification("CortexAuth", { body: notice, tag: "waiting" });
    }
  }

  function noticeButton(button) {
    if (!("Notification" in globalThis)) return;
    const show = () => {
      const on = Notification.permission === "granted" && localStorage.getItem("notices") === "on";
      button.textContent = on ? button.dataset.on : button.dataset.off;
      button.setAttribute("aria-pressed", String(on));
    };
    button.hidden = false;
    button.addEventListener("click", async () => {
      if (localStorage.getItem("notices") === "on") localStorage.removeItem("notices");
      else if (await Notification.requestPermission() === "granted") localStorage.setItem("notices", "on");
      show();
    });
    show();
  }

  function allBoxes(button) {
    button.hidden = false;
    button.addEventListener("click", () => {
      const boxes = [...button.form.querySelectorAll("input[type=checkbox][name=key]")];
      const every = boxes.every((box) => box.checked);
      for (const box of boxes) box.checked = !every;
    });
  }

  function fileInto(input) {
    input.closest("[hidden]")?.removeAttribute("hidden");
    input.addEventListener("change", async () => {
      const target = document.getElementById(input.dataset.into);
      if (input.files[0] !== undefined) target.value = await input.files[0].text();
      input.value = "";
    });
  }

  function enhance(root) {
    localTimes(root);
    for (const list of root.querySelectorAll("[data-follow]")) follow(list);
    for (const button of root.querySelectorAll("[data-notices]")) noticeButton(button);
    for (const button of root.querySelectorAll("[data-all-boxes]")) allBoxes(button);
    for (const input of root.querySelectorAll("[data-into]")) fileInto(input);
    for (const button of root.querySelectorAll("[data-print]")) {
      button.addEventListener("click", () => globalThis.print());
    }
  }

  document.addEventListener("input", (event) => {
    event.target.setAttribute?.("data-touched", "");
  });
  document.addEventListener("click", (event) => {
    const asked = event.target.closest?.("[data-confirm]");
    if (asked && !globalThis.confirm(asked.dataset.confirm)) event.preventDefault();
  });
  enhance(document);
  document.body.addEventListener("htmx:afterSwap", () => enhanceSwapped());

  /** What is marked was enhanced before; following goes on for as long as its element stays. */
  function enhanceSwapped() {
    localTimes(document);
    for (const button of document.querySelectorAll("[data-all-boxes][hidden]")) allBoxes(button);
  }
})();

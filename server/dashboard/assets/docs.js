/** What the page of the API gains where scripts run: a field that filters it, and links that open what they lead to. */

"use strict";

(() => {
  const field = document.getElementById("filter");
  const found = document.getElementById("found");
  const chapters = [...document.querySelectorAll(".chapter")].map((section) => ({
    section,
    operations: [...section.querySelectorAll(".operation")].map((element) => ({
      element,
      text: element.textContent.toLowerCase(),
    })),
  }));

  function filter() {
    const words = field.value.toLowerCase().split(/\s+/);
    let count = 0;
    for (const { section, operations } of chapters) {
      let any = false;
      for (const { element, text } of operations) {
        const fits = words.every((word) => text.includes(word));
        element.hidden = !fits;
        any ||= fits;
        count += Number(fits);
      }
      section.hidden = !any;
    }
    found.textContent = field.value.trim() === "" ? "" : `${count} of ${found.dataset.of}`;
  }

  function open() {
    const element = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!(element instanceof HTMLDetailsElement)) return;
    if (element.hidden) {
      field.value = "";
      filter();
    }
    element.open = true;
    element.scrollIntoView();
  }

  document.getElementById("find").hidden = false;
  field.addEventListener("input", filter);
  globalThis.addEventListener("hashchange", open);
  open();
})();

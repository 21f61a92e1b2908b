/** Passkeys: the browser holds the key, so this needs a script. Buttons stay hidden where the browser knows none. */

"use strict";

(() => {
  const canParse = typeof PublicKeyCredential === "function" &&
    typeof PublicKeyCredential.parseRequestOptionsFromJSON === "function";

  async function post(path, body, csrf) {
    const headers = { "Content-Type": "application/json" };
    if (csrf !== undefined) headers["X-CSRF-Token"] = csrf;
    const answer = await fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
    const json = await answer.json();
    if (!answer.ok) throw new Error(json.error);
    return json;
  }

  async function credentialFor(kind, options) {
    if (kind === "add") {
      const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
      return await navigator.credentials.create({ publicKey });
    }
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
    return await navigator.credentials.get({ publicKey });
  }

  async function use({ dataset }) {
    const { passkey: kind, path, csrf, ticket, next, nameFrom } = dataset;
    const name = nameFrom === undefined ? {} : { name: document.getElementById(nameFrom).value };
    const { challenge_id, options } = await post(
      `${path}/options`,
      ticket === undefined ? {} : { ticket },
      csrf,
    );
    const credential = await credentialFor(kind, options);
    await post(path, { challenge_id, credential: credential.toJSON(), ...name }, csrf);
    location.assign(next);
  }

  for (const button of document.querySelectorAll("[data-passkey]")) {
    if (!canParse) continue;
    button.closest("[hidden]")?.removeAttribute("hidden");
    button.addEventListener("click", async () => {
      const problem = document.getElementById("passkey-problem");
      problem.hidden = true;
      try {
        await use(button);
      } catch (error) {
        problem.textContent = `${button.dataset.failed} ${error.name === "Error" ? error.message : ""}`;
        problem.hidden = false;
      }
    });
  }
})();

/* Workbench: passkeys. The page says what the browser is to make or to sign; the answer goes with its form. */
"use strict";
(() => {
  const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (sign) => sign.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  const described = (found) => (found ?? []).map((one) => ({ ...one, id: bytes(one.id) }));
  const SAID = {
    NotAllowedError: "The browser made nothing of it: it took too long, was called off, or none of your passkeys is here.",
    InvalidStateError: "This phone, computer or key has a passkey of yours already. Take another one.",
    SecurityError: "Browsers take no passkeys at this address. Open the board by its own name, over HTTPS.",
  };

  async function make(options) {
    const made = await navigator.credentials.create({ publicKey: {
      ...options,
      challenge: bytes(options.challenge),
      user: { ...options.user, id: bytes(options.user.id) },
      excludeCredentials: described(options.excludeCredentials),
    } });
    return answer(made, {
      attestationObject: text(made.response.attestationObject),
    });
  }

  async function sign(options) {
    const signed = await navigator.credentials.get({ publicKey: {
      ...options,
      challenge: bytes(options.challenge),
      allowCredentials: described(options.allowCredentials),
    } });
    return answer(signed, {
      authenticatorData: text(signed.response.authenticatorData),
      signature: text(signed.response.signature),
    });
  }

  const answer = (found, response) => JSON.stringify({
    id: found.id,
    rawId: text(found.rawId),
    type: found.type,
    response: { clientDataJSON: text(found.response.clientDataJSON), ...response },
  });

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    const go = form.querySelector("[data-passkey-go]"), said = form.querySelector("[data-passkey-said]");
    const say = (words) => { said.textContent = words; said.hidden = false; };
    if (!window.PublicKeyCredential) {
      say("Passkeys cannot be used here: they need HTTPS, and a browser that knows them.");
      continue;
    }
    go.hidden = false;
    go.addEventListener("click", async () => {
      go.disabled = true;
      for (const earlier of form.querySelectorAll("[role=alert]")) earlier.hidden = true;
      try {
        const options = JSON.parse(form.dataset.options);
        form.elements.credential.value = await (form.dataset.passkey === "make" ? make(options) : sign(options));
        form.submit();
      } catch (error) {
        say(SAID[error.name] ?? `The browser could not do it: ${error.message}`);
        go.disabled = false;
      }
    });
  }
})();

// A certified OpenID provider on loopback: node provider.mjs PORT REDIRECT_URI
import { createServer } from "node:http";
import { generateKeyPairSync } from "node:crypto";
import { Provider } from "oidc-provider";

const [port, back] = process.argv.slice(2);
const jwk = (kid) => {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return { ...privateKey.export({ format: "jwk" }), kid, use: "sig", alg: "RS256" };
};
const people = {
  ana: { email: "ana@example.com", email_verified: true, name: "Ana Alvarez", groups: ["Leads"] },
  ben: { email: "ben@example.com", email_verified: false, name: "Ben Brandt", groups: [] },
};
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [{ client_id: "board", client_secret: "s3cret", redirect_uris: [back] }],
  claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"], groups: ["groups"] },
  cookies: { keys: ["only for tests"] },
  jwks: { keys: [jwk("one")] },
  pkce: { required: () => true },
  features: { devInteractions: { enabled: true } },
  async findAccount(_, id) {
    return { accountId: id, claims: async () => ({ sub: id, ...people[id] }) };
  },
});
createServer(provider.callback()).listen(Number(port), "127.0.0.1", () => console.log("ready"));

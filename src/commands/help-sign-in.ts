/** `help sign-in`: the ways, the clouds and the hosts as the code has them. */

import { CLOUDS } from "../clouds.ts";
import { GITHUB_SUFFIX } from "../identity/hosts.ts";
import { STORE_PACKAGE } from "../identity/store.ts";
import { WAYS } from "../identity/ways.ts";
import { wrap } from "../render/wrap.ts";
import { termList } from "./help.ts";

const WIDTH = 96;
const paragraph = (text: string): string => wrap(text, WIDTH).join("\n");
const hostOf = (address: string): string => new URL(address).host;

const needsOf = (needs: readonly string[], application: "needed" | "may" | "none"): string => {
  const all = [...needs, ...(application === "needed" ? ["--client-id or AZURE_CLIENT_ID"] : [])];
  return all.length === 0 ? "" : ` (needs ${all.join(", ")})`;
};

export const signInHelp = (): string =>
  `${[
    paragraph(
      "--tenant ID or DOMAIN is a real tenant; ENTRA_ROLLOUT_TENANT says so for every command. Who signs in is said by --auth, or else by what the environment offers: the first of this list that it has everything for. Which one it was stands on stderr.",
    ),
    termList(WAYS.map(({ name, about, needs, application }) => [name, `${about}${needsOf(needs, application)}`])),
    paragraph(
      "Where there is no terminal nobody is asked: browser and device-code are begun only at a terminal, or by --auth. The application is one that you registered yourself: for browser under Authentication with the platform Mobile and desktop applications and http://localhost, for device-code with Allow public client flows.",
    ),
    paragraph(
      "AZURE_TENANT_ID, where it is set, must be the tenant that --tenant means: another one is refused before anything is sent. A plan whose emergency accounts are of no domain of the tenant is refused before anything is read.",
    ),
    `--cloud, or AZURE_AUTHORITY_HOST with the address of its sign-in:\n${termList(
      CLOUDS.map(({ name, about, login, graph, exchange }) => [name, `${about}: ${hostOf(login)}, ${hostOf(graph)}, ${hostOf(exchange)}`]),
    )}`,
    paragraph(
      `A secret or a token goes to these hosts and to no other, whatever an answer, a redirect or a setting says; besides, for github to hosts that end in ${GITHUB_SUFFIX}, for managed-identity to the machine's own endpoint.`,
    ),
    paragraph(
      `Tokens stay in memory, so each command of somebody's signs in anew. --token-cache, or ENTRA_ROLLOUT_TOKEN_CACHE=1, keeps the sign-in in the operating system's store instead, under the name entra-rollout; it takes the package ${STORE_PACKAGE}, installed beside this tool. Who took it out of the store, or is told to sign in again by the service, is asked again.`,
    ),
    paragraph(
      "A proxy that HTTPS_PROXY names is gone through, and NO_PROXY is heeded. One that opens what is encrypted has a certificate of its own: its file in NODE_EXTRA_CA_CERTS.",
    ),
    "examples:\n  entra-rollout status rollout-plans/county-schools-2018.yaml --tenant county.example --client-id 11111111-2222-3333-4444-555555555555\n  entra-rollout diff rollout-plans/county-schools-2018.yaml --tenant county.example --auth device-code",
  ].join("\n\n")}\n`;

/** Through the proxy that the environment names, and past it where it cannot help. */

import { createServer, type IncomingMessage, type Server } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { proxiedFetch, proxySettings } from "../../src/proxy.ts";

const portOf = (server: Server): number => {
  const address: AddressInfo | string | null = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
};

const listening = async (server: Server): Promise<Server> => {
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return server;
};

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return text;
};

/** What stands behind the proxy answers with what it was asked. */
const service = createServer((request, response) => {
  void bodyOf(request).then((body) => {
    if (request.url === "/moved") response.writeHead(302, { location: "https://elsewhere.example/" }).end();
    else if (request.url === "/nothing") response.writeHead(204).end();
    else
      response
        .writeHead(200, { "content-type": "application/json" })
        .end(JSON.stringify({ method: request.method, host: request.headers.host, authorization: request.headers.authorization, body }));
  });
});
const tunnels: string[] = [];
const sockets = new Set<Socket>();
let refusal: number | undefined;
const proxy = createServer().on("connect", (request: IncomingMessage, socket: Socket) => {
  tunnels.push(`${request.url ?? ""} ${JSON.stringify(request.headers["proxy-authorization"] ?? null)}`);
  if (refusal !== undefined) return socket.end(`HTTP/1.1 ${refusal} No\r\n\r\n`);
  const onward = connect(portOf(service), "127.0.0.1", () => {
    socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
    onward.pipe(socket);
    socket.pipe(onward);
  });
  sockets.add(socket).add(onward);
  return onward;
});

let through: ReturnType<typeof proxiedFetch>;

beforeAll(async () => {
  await listening(service);
  await listening(proxy);
  const settings = proxySettings({ HTTPS_PROXY: `http://127.0.0.1:${portOf(proxy)}`, http_proxy: `http://somebody:here@127.0.0.1:${portOf(proxy)}` });
  if (settings === undefined) throw new Error("there is a proxy");
  through = proxiedFetch(settings);
});
afterAll(() => {
  for (const socket of sockets) socket.destroy();
  service.closeAllConnections();
  service.close();
  proxy.close();
});

describe("a request", () => {
  test("is made through a tunnel, whole; what is for the proxy is not for the service", async () => {
    tunnels.length = 0;
    const request = new Request("http://graph.example.com/v1.0/users", {
      method: "POST",
      headers: { authorization: "Bearer of-the-service" },
      body: JSON.stringify({ a: "ä" }),
    });
    const answer = await through(request);
    expect([answer instanceof Response, answer.status]).toEqual([true, 200]);
    expect(await answer.json()).toEqual({ method: "POST", host: "graph.example.com", authorization: "Bearer of-the-service", body: '{"a":"ä"}' });
    expect(tunnels).toEqual([`graph.example.com:80 "Basic ${Buffer.from("somebody:here").toString("base64")}"`]);
  });

  test("a redirect is an answer, and is not followed", async () => {
    const answer = await through(new Request("http://graph.example.com/moved", { redirect: "manual" }));
    expect([answer.status, answer.headers.get("location")]).toEqual([302, "https://elsewhere.example/"]);
  });

  test("an answer without a body", async () => {
    const answer = await through(new Request("http://graph.example.com/nothing"));
    expect([answer.status, await answer.text()]).toEqual([204, ""]);
  });

  test("to this machine goes past the proxy", async () => {
    tunnels.length = 0;
    const answer = await through(new Request(`http://127.0.0.1:${portOf(service)}/v1.0/users`));
    expect([answer.status, tunnels]).toEqual([200, []]);
  });

  test("that is given up ends", async () => {
    const given = AbortSignal.abort(new Error("given up"));
    await expect(through(new Request("http://graph.example.com/v1.0/users", { signal: given }))).rejects.toThrow("given up");
  });

  test.each([407, 403])("which the proxy refuses with %i was not sent, and that is told", async (status) => {
    refusal = status;
    try {
      await expect(through(new Request("http://other.example.com/"))).rejects.toMatchObject({
        message: `the proxy answered ${status}`,
        code: `PROXY_${status}`,
      });
    } finally {
      refusal = undefined;
    }
  });
});

describe("settings", () => {
  const DIRECT = "localhost,127.0.0.1,::1,169.254.169.254";
  test.each<readonly [string, Record<string, string>, ReturnType<typeof proxySettings>]>([
    ["none", {}, undefined],
    ["empty ones are none", { HTTPS_PROXY: " ", http_proxy: "" }, undefined],
    ["one for https", { HTTPS_PROXY: "http://proxy.example:8080" }, { httpsProxy: "http://proxy.example:8080", noProxy: DIRECT }],
    ["lower case comes first", { HTTPS_PROXY: "http://a.example", https_proxy: "http://b.example" }, { httpsProxy: "http://b.example", noProxy: DIRECT }],
    [
      "what is to be asked directly",
      { http_proxy: "http://a.example", NO_PROXY: ".example" },
      { httpProxy: "http://a.example", noProxy: `.example,${DIRECT}` },
    ],
  ])("%s", (_name, env, want) => {
    expect(proxySettings(env)).toEqual(want);
  });
});

import { createServer, type Server } from "node:http";
import { type AddressInfo, connect, createServer as createRelay, type Server as Relay } from "node:net";

import { type BrowserContext, expect, test } from "@playwright/test";

import { attack, type Spoils } from "./attacks";
import { IS_CAMPAIGN, OwnService, tell } from "./service";

/**
 * S6: no page that the user has open besides the dashboard changes or reads anything. Tried from another site, from
 * another port of this machine, whose requests carry the cookie, and from a name that was bound to the service's address
 * after its page was loaded.
 */
const TOKEN = "the-token-of-the-browser-tests";
const JOB = "hostile-3";
const WAIT_MS = 3000;
const PAGE = "<!doctype html><title>attacker</title><body>";
const html = { "content-type": "text/html" };

let open: OwnService;
let guarded: OwnService;
let attacker: Server;
/** Serves the attacker's page, then leads to a service: what a browser sees when a name changes its address. */
let rebinding: Relay;
let reboundTo = 0;

test.beforeAll(async () => {
  [open, guarded] = await Promise.all([OwnService.start(), OwnService.start({ token: TOKEN })]);
  attacker = createServer((_, response) => response.writeHead(200, html).end(PAGE)).listen(0, "127.0.0.1");
  rebinding = createRelay((socket) => {
    socket.on("error", () => undefined);
    if (reboundTo === 0) {
      socket.once("data", () => socket.end(`HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: ${PAGE.length}\r\nconnection: close\r\n\r\n${PAGE}`));
    } else {
      const upstream = connect(reboundTo, "127.0.0.1").on("error", () => socket.destroy());
      socket.pipe(upstream).pipe(socket);
    }
  }).listen(0, "127.0.0.1");
});

test.afterAll(async () => {
  attacker.close();
  rebinding.close();
  await Promise.all([open.stop(), guarded.stop()]);
});

const portOf = (server: Server | Relay) => (server.address() as AddressInfo).port;

async function attackFrom(context: BrowserContext, page: string, service: string): Promise<Spoils> {
  const tab = await context.newPage();
  await tab.goto(page);
  const spoils = await tab.evaluate(attack, { service, job: JOB, waitMs: WAIT_MS });
  await Promise.all(context.pages().map((opened) => opened.close()));
  return spoils;
}

async function signedIn(context: BrowserContext, service: OwnService): Promise<void> {
  const headers = { origin: service.url };
  expect((await context.request.post(`${service.url}/session`, { data: { token: TOKEN }, headers })).status()).toBe(204);
}

for (const [kind, which] of [["on this machine only", () => open], ["with a token and a signed-in user", () => guarded]] as const) {
  test(`no other page does anything to a service ${kind}`, async ({ context }) => {
    const service = which();
    if (service.token) await signedIn(context, service);
    const before = service.fingerprint();
    const tried: Record<string, number> = {};
    const read: Record<string, string> = {};
    const origins = { "another site": "evil.test", "another port": "127.0.0.1", ...(IS_CAMPAIGN && { "another name": "localhost" }) };
    for (const [from, host] of Object.entries(origins)) {
      const spoils = await attackFrom(context, `http://${host}:${portOf(attacker)}/`, service.url);
      tried[from] = spoils.tried.length;
      for (const [name, text] of Object.entries(spoils.read)) read[`${from}: ${name}`] = text;
    }
    expect(read).toEqual({});
    expect(service.fingerprint()).toEqual(before);
    for (const count of Object.values(tried)) expect(count).toBeGreaterThanOrEqual(40);
    if (service.token) {
      // Neither signed out nor locked out by what was tried.
      expect((await context.request.get(`${service.url}/jobs`)).status()).toBe(200);
      await signedIn(context, service);
    }
    tell("S6", { service: kind, ...tried, changes: 0, bodies: 0 });
  });

  test(`a name that is bound to a service ${kind} afterwards gets nothing`, async ({ context }) => {
    const service = which();
    const before = service.fingerprint();
    const rebound = `http://rebound.test:${portOf(rebinding)}`;
    const tab = await context.newPage();
    reboundTo = 0;
    await tab.goto(`${rebound}/`);
    await expect(tab).toHaveTitle("attacker");
    reboundTo = service.port;
    const { tried, read } = await tab.evaluate(attack, { service: rebound, job: JOB, waitMs: WAIT_MS });
    expect(Object.entries(read).filter(([, text]) => !text.includes("host_not_allowed"))).toEqual([]);
    expect(service.fingerprint()).toEqual(before);
    tell("S6", { service: kind, rebound: tried.length, changes: 0, bodies: 0 });
  });
}

test("the same attacks from the service's own page would be seen", async ({ context }) => {
  const before = open.fingerprint();
  const spoils = await attackFrom(context, `${open.url}/health`, open.url);
  expect(spoils.read["fetch the jobs"]).toContain("jobs");
  expect(spoils.read["frame the jobs"] ?? "").toBe("");
  expect(open.fingerprint()).not.toEqual(before);
});

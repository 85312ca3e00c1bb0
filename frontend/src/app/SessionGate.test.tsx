import { render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http, HttpResponse } from "msw";
import { beforeEach, expect, it } from "vitest";

import { refusal } from "@/api/refusal";
import { App } from "@/App";
import { server, SERVICE } from "@/testing/server";

const TOKEN = "a-token-that-only-tests-know";
const UNAUTHORIZED = { title: "Unauthorized", status: 401, detail: "Sign in.", code: "unauthorized", request_id: "r" };

/** A service that asks for a token, and may forget whom it knew. */
function serviceWithToken({ keepsCookie = true } = {}) {
  const state = { signedIn: false, asked: [] as string[] };
  server.use(
    http.get(`${SERVICE}/session`, () => HttpResponse.json({ required: true, signed_in: state.signedIn })),
    http.post(`${SERVICE}/session`, async ({ request }) => {
      state.asked.push(request.url);
      const { token } = (await request.json()) as { token: string };
      if (token !== TOKEN) return HttpResponse.json({ ...UNAUTHORIZED, detail: "This is not it." }, { status: 401 });
      state.signedIn = keepsCookie;
      return new HttpResponse(null, { status: 204 });
    }),
    http.delete(`${SERVICE}/session`, () => {
      state.signedIn = false;
      return new HttpResponse(null, { status: 204 });
    }),
    http.get(`${SERVICE}/adapters`, () => {
      if (!state.signedIn) return HttpResponse.json(UNAUTHORIZED, { status: 401 });
      return HttpResponse.json({ base_model: "tiny", adapters: [] });
    }),
  );
  return state;
}

function open(address: string) {
  window.history.replaceState(null, "", `/ui${address}`);
  render(<App />);
  return userEvent.setup();
}

async function signIn(user: ReturnType<typeof userEvent.setup>, token: string) {
  await user.type(await screen.findByLabelText("Token"), token);
  await user.click(screen.getByRole("button", { name: "Sign in" }));
}

beforeEach(() => {
  refusal.clear();
  localStorage.clear();
});

it("asks nobody for a token where none is needed", async () => {
  open("/adapters");
  expect(await screen.findByRole("heading", { name: "Adapters" })).toBeVisible();
  expect(screen.queryByRole("button", { name: "Sign out" })).not.toBeInTheDocument();
});

it("asks for the token first, then shows the page that was asked for", async () => {
  const service = serviceWithToken();
  const user = open("/adapters?sort=name#bottom");
  await signIn(user, ` ${TOKEN}\n`);
  expect(await screen.findByRole("heading", { name: "Adapters" })).toBeVisible();
  expect(`${location.pathname}${location.search}${location.hash}`).toBe("/ui/adapters?sort=name#bottom");
  expect(service.asked).toEqual([`${SERVICE}/session`]);
  expect(JSON.stringify({ ...localStorage, ...sessionStorage, ...window.history.state })).not.toContain(TOKEN);
});

it("says that a token is wrong, forgets it, and asks again", async () => {
  serviceWithToken();
  const user = open("/adapters");
  await signIn(user, "guess");
  expect(await screen.findByText("This is not it.")).toBeVisible();
  await waitFor(() => expect(screen.getByLabelText("Token")).toHaveFocus());
  expect(screen.getByLabelText("Token")).toHaveValue("");
  await signIn(user, TOKEN);
  expect(await screen.findByRole("heading", { name: "Adapters" })).toBeVisible();
});

it("says so when the browser keeps no cookie", async () => {
  serviceWithToken({ keepsCookie: false });
  const user = open("/adapters");
  await signIn(user, TOKEN);
  expect(await screen.findByText(/allow cookies for this address/)).toBeVisible();
});

it("comes back to the page on which the session ended", async () => {
  const service = serviceWithToken();
  service.signedIn = true;
  const user = open("/jobs");
  await screen.findByRole("heading", { name: "Jobs" });
  service.signedIn = false; // the token was changed
  await user.click(screen.getByRole("link", { name: "Adapters" }));
  await signIn(user, TOKEN);
  expect(await screen.findByRole("heading", { name: "Adapters" })).toBeVisible();
});

it("signs out, and shows nothing more", async () => {
  const service = serviceWithToken();
  service.signedIn = true;
  const user = open("/adapters");
  await user.click(await screen.findByRole("button", { name: "Sign out" }));
  expect(await screen.findByLabelText("Token")).toBeVisible();
  expect(screen.queryByRole("heading", { name: "Adapters" })).not.toBeInTheDocument();
  expect(service.signedIn).toBe(false);
});

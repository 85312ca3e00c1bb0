/// <reference lib="dom" />

export interface Target {
  /** The service as the attacker addresses it. */
  service: string;
  job: string;
  /** How long an attack may take; what never ends by itself takes all of it. */
  waitMs: number;
}

export interface Spoils {
  /** Names of everything that was tried. */
  tried: string[];
  /** What the attacker's page got to read, by attack. */
  read: Record<string, string>;
}

/** Runs in the attacker's page, so it can use nothing but what stands inside of it. */
export async function attack({ service, job, waitMs }: Target): Promise<Spoils> {
  const run = JSON.stringify({ adapter_name: "stolen", dataset_path: "hostile.json" });
  const json = { "content-type": "application/json" };
  const attacks: [string, () => Promise<string>][] = [];
  const send = (name: string, path: string, options: RequestInit = {}) =>
    attacks.push([name, async () => (await fetch(service + path, { credentials: "include", ...options })).text()]);

  send("fetch the jobs", "/jobs");
  send("fetch the jobs without a cookie", "/jobs", { credentials: "omit" });
  send("fetch the jobs, opaque", "/jobs", { mode: "no-cors" });
  send("fetch the settings", "/settings");
  send("fetch the API's description", "/openapi.json");
  send("fetch the page", "/ui/");
  send("fetch the sign of life", "/health");
  send("fetch with a guessed token", "/jobs", { headers: { authorization: "Bearer guess" } });
  send("train with JSON", "/train", { method: "POST", headers: json, body: run });
  send("train with JSON as text", "/train", { method: "POST", mode: "no-cors", body: run });
  send("train with JSON without a type", "/train", { method: "POST", mode: "no-cors", body: new Blob([run]) });
  send("train with a form's type", "/train", { method: "POST", mode: "no-cors", body: new URLSearchParams({ adapter_name: "stolen" }) });
  send("train after the page is gone", "/train", { method: "POST", mode: "no-cors", keepalive: true, body: run });
  send("upload a dataset", "/datasets?name=stolen.json", { method: "POST", mode: "no-cors", body: '[{"input":"a","output":"b"}]' });
  send("upload a document", "/documents?name=stolen.md", { method: "POST", mode: "no-cors", body: "stolen" });
  send("delete a job", `/jobs/${job}`, { method: "DELETE" });
  send("delete a job by an overridden method", `/jobs/${job}?_method=DELETE`, { method: "POST", mode: "no-cors" });
  send("delete a job by a header", `/jobs/${job}`, { method: "POST", headers: { "x-http-method-override": "DELETE" } });
  send("resume a job", `/jobs/${job}/resume`, { method: "POST", mode: "no-cors" });
  send("cancel a job", `/jobs/${job}/cancel`, { method: "POST", mode: "no-cors" });
  send("delete an adapter", "/adapters/hostile-0", { method: "DELETE" });
  send("change the settings", "/settings", { method: "PUT", headers: json, body: '{"EVAL_MODEL":"stolen"}' });
  send("change the settings as text", "/settings", { method: "POST", mode: "no-cors", body: '{"EVAL_MODEL":"stolen"}' });
  send("ask the model", "/generate", { method: "POST", mode: "no-cors", body: '{"prompt":"a"}' });
  send("sign somebody in", "/session", { method: "POST", mode: "no-cors", body: '{"token":"stolen"}' });
  send("sign the user out", "/session", { method: "DELETE" });

  const waitFor = (element: HTMLElement, read: () => string) =>
    new Promise<string>((done) => {
      element.addEventListener("load", () => done(attempt(read)));
      element.addEventListener("error", () => done(""));
      document.body.append(element);
    });
  const attempt = (read: () => string) => {
    try {
      return read();
    } catch {
      return "";
    }
  };
  const make = <Name extends keyof HTMLElementTagNameMap>(name: Name, fields: object) => Object.assign(document.createElement(name), fields);
  const frame = (fields: object) => {
    const element = make("iframe", fields);
    return waitFor(element, () => element.contentDocument?.body.textContent ?? "");
  };
  attacks.push(["frame the dashboard", () => frame({ src: `${service}/ui/` })]);
  attacks.push(["frame the jobs", () => frame({ src: `${service}/jobs` })]);
  attacks.push(["embed the jobs as an object", () => {
    const element = make("object", { data: `${service}/jobs` });
    return waitFor(element, () => element.contentDocument?.body.textContent ?? "");
  }]);
  attacks.push(["show the jobs as an image", () => waitFor(make("img", { src: `${service}/jobs` }), () => "loaded")]);
  attacks.push(["show the icon as an image", () => waitFor(make("img", { src: `${service}/ui/favicon.svg` }), () => "loaded")]);
  attacks.push(["run the jobs as a script", () => waitFor(make("script", { src: `${service}/jobs` }), () => "ran")]);
  attacks.push(["run the dashboard's script", () => waitFor(make("script", { src: `${service}/ui/theme-boot.js` }), () => "ran")]);
  attacks.push(["import the jobs as a module", async () => JSON.stringify(await import(`${service}/jobs`))]);
  attacks.push(["read the jobs as a style sheet", () => {
    const element = make("link", { rel: "stylesheet", href: `${service}/jobs` });
    return waitFor(element, () => Array.from(element.sheet?.cssRules ?? []).map((rule) => rule.cssText).join() || "styled");
  }]);
  attacks.push(["import the jobs in a worker", () => new Promise((done) => {
    const code = `try { importScripts("${service}/jobs"); postMessage("ran") } catch { postMessage("") }`;
    const worker = new Worker(URL.createObjectURL(new Blob([code])));
    worker.onmessage = ({ data }) => done(String(data));
    worker.onerror = () => done("");
  })]);
  attacks.push(["register the dashboard's script as a service worker", async () => String(await navigator.serviceWorker?.register(`${service}/ui/theme-boot.js`) ?? "")]);
  attacks.push(["listen to events", () => new Promise((done) => {
    const source = new EventSource(`${service}/jobs`, { withCredentials: true });
    source.onmessage = ({ data }) => done(String(data));
    source.onerror = () => done("");
  })]);
  attacks.push(["open a web socket", () => new Promise((done) => {
    const socket = new WebSocket(`${service.replace("http", "ws")}/jobs`);
    socket.onopen = () => done("open");
    socket.onerror = () => done("");
  })]);
  attacks.push(["send a beacon as text", async () => (navigator.sendBeacon(`${service}/train`, run), "")]);
  attacks.push(["send a beacon as JSON", async () => (navigator.sendBeacon(`${service}/train`, new Blob([run], { type: "application/json" })), "")]);
  attacks.push(["ping from a link", async () => {
    const link = make("a", { href: "#", ping: `${service}/jobs/${job}/resume` });
    document.body.append(link);
    link.click();
    return "";
  }]);

  const form = (action: string, enctype: string, fields: Record<string, string>, target: string) => {
    const element = make("form", { action: service + action, method: "POST", enctype, target });
    for (const [name, value] of Object.entries(fields)) element.append(make("input", { type: "hidden", name, value }));
    document.body.append(element);
    return element;
  };
  const formInFrame = (name: string, action: string, enctype: string, fields: Record<string, string>) =>
    attacks.push([name, async () => {
      const inside = make("iframe", { name });
      document.body.append(inside);
      const loaded = new Promise<string>((done) => inside.addEventListener("load", () => done(attempt(() => inside.contentDocument?.body.textContent ?? ""))));
      form(action, enctype, fields, name).submit();
      return loaded;
    }]);
  formInFrame("train by a form of text", "/train", "text/plain", { [run.slice(0, -1) + ',"notes":"']: '"}' });
  formInFrame("train by a form", "/train", "application/x-www-form-urlencoded", { adapter_name: "stolen" });
  formInFrame("upload by a form of parts", "/datasets?name=stolen.json", "multipart/form-data", { file: "[]" });
  formInFrame("cancel by a form", `/jobs/${job}/cancel`, "application/x-www-form-urlencoded", {});
  attacks.push(["train in another window", async () => {
    const opened = window.open("about:blank", "another");
    form("/train", "text/plain", { [run.slice(0, -1) + ',"notes":"']: '"}' }, "another").submit();
    await new Promise((done) => setTimeout(done, waitMs / 2));
    return attempt(() => opened?.document.body.textContent ?? "");
  }]);
  attacks.push(["read another window", async () => {
    const opened = window.open(`${service}/jobs`, "reading");
    await new Promise((done) => setTimeout(done, waitMs / 2));
    return attempt(() => (opened?.location.href === "about:blank" ? "" : (opened?.document.body.textContent ?? "")));
  }]);
  const withoutOrigin = (name: string, script: string) =>
    attacks.push([name, () => new Promise((done) => {
      addEventListener("message", ({ data }) => data.name === name && done(String(data.text)));
      const tell = `(text) => parent.postMessage({ name: ${JSON.stringify(name)}, text }, "*")`;
      document.body.append(make("iframe", { sandbox: "allow-scripts allow-forms", srcdoc: `<body><script>const tell = ${tell}; ${script}</script>` }));
    })]);
  const asText = `fetch("${service}/train", { method: "POST", mode: "no-cors", credentials: "include", body: ${JSON.stringify(run)} })`;
  withoutOrigin("fetch the jobs from a sandbox", `fetch("${service}/jobs", { credentials: "include" }).then((answer) => answer.text()).then(tell, () => tell(""))`);
  withoutOrigin("train from a sandbox", `${asText}.then((answer) => answer.text()).then(tell, () => tell(""))`);

  const read: Record<string, string> = {};
  await Promise.all(attacks.map(async ([name, act]) => {
    const late = new Promise<string>((done) => setTimeout(() => done(""), waitMs));
    const text = await Promise.race([Promise.resolve().then(act).catch(() => ""), late]);
    if (text) read[name] = text.slice(0, 200);
  }));
  return { tried: attacks.map(([name]) => name), read };
}

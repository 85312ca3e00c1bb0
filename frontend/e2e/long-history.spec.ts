import { expect, test } from "./kit";
import { IS_CAMPAIGN, tell } from "./service";

test.use({ holds: 10_000 });
test.skip(!IS_CAMPAIGN, "writing so many takes half a minute");

test("every page of the list is there at once", async ({ page }) => {
  const views = ["", "?page=100", "?page=200", "?q=nightly-09", "?status=failed&tag=nightly", "?sort=loss", "?sort=-duration", "?q=lora_r%3D16&sort=name"];
  await page.goto("/ui/jobs");
  await expect(page.getByRole("row")).toHaveCount(51);
  const median: Record<string, [answered: number, drawn: number]> = {};
  for (const view of views) {
    const times: Times[] = [];
    for (let turn = 0; turn < 5; turn += 1) {
      await page.goto("/ui/jobs?q=nowhere"); // the next page is asked for from an empty one: what is drawn, it draws
      await expect(page.getByText("No run matches")).toBeVisible();
      await page.evaluate((to) => history.pushState(null, "", `/ui/jobs${to}`), view);
      times.push(await page.evaluate(timeOfList));
    }
    const middle = (of: (time: Times) => number) => Math.round(times.map(of).sort((a, b) => a - b)[2] ?? 0);
    median[view || "first"] = [middle(({ answered }) => answered), middle(({ drawn }) => drawn)];
    await expect(page.getByRole("row").first()).toBeVisible();
  }
  tell("jobs list, 10,000 runs: ms until answered, until drawn", median);
});

interface Times {
  answered: number;
  drawn: number;
}

/** From the change of the address to rows on the screen, and how long the service's answer took of it. */
function timeOfList(): Promise<Times> {
  const began = performance.now();
  dispatchEvent(new PopStateEvent("popstate"));
  return new Promise((done) => {
    const look = () => {
      if (!document.querySelector("td input[aria-label^='Select ']")) return requestAnimationFrame(look);
      const asked = performance.getEntriesByType("resource").findLast(({ name }) => /\/jobs\?/.test(name));
      return requestAnimationFrame(() => done({ answered: asked?.duration ?? 0, drawn: performance.now() - began }));
    };
    look();
  });
}

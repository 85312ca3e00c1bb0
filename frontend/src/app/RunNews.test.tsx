import { act, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { Link, MemoryRouter } from "react-router";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { pulse } from "@/api/pulse";
import type { JobSummary, Pulse } from "@/api/types";
import { RunNews } from "@/app/RunNews";
import { ToastStack } from "@/components/ToastStack";
import { toasts } from "@/components/toasts";
import { Providers } from "@/app/Providers";
import { endNotices } from "@/lib/preferences";
import { documentTitle } from "@/lib/use-document-title";
import { JOB } from "@/testing/fixtures";
import { PULSE } from "@/testing/pulse";

const icon = document.createElement("link");
const shown: string[] = [];

function ended(more: Partial<JobSummary> = {}): JobSummary {
  return { ...JOB, status: "succeeded", finished_at: "2026-01-02T03:06:11Z", ...more };
}

/** The browser's notifications, which jsdom has not. */
function allowNotifications() {
  function Shown(title: string, { body }: { body: string }) {
    shown.push(`${title}: ${body}`);
  }
  vi.stubGlobal("Notification", Object.assign(Shown, { permission: "granted" }));
  endNotices.choose(true);
}

beforeEach(() => {
  localStorage.clear();
  shown.length = 0;
  icon.rel = "icon";
  icon.href = "/favicon.svg";
  document.head.append(icon);
  documentTitle.setPage("Train");
  pulse.take(null);
});
afterEach(() => {
  act(() => toasts.get().forEach(({ key }) => toasts.close(key)));
  endNotices.reset();
  vi.unstubAllGlobals();
  icon.remove();
});

function open() {
  return render(
    <Providers>
      <MemoryRouter>
        <RunNews />
        <ToastStack />
        <Link to="/elsewhere">elsewhere</Link>
      </MemoryRouter>
    </Providers>,
  );
}

const tell = (told: Partial<Pulse>) => act(() => pulse.take({ ...PULSE, ...told }));

describe("a run", () => {
  it("is in the tab's title and icon while it goes on, and its end until somebody moves on", async () => {
    open();
    tell({ running: [JOB] });
    expect(document.title).toBe("25 % · Train · QLoRA fine-tuning");
    expect(icon.href).toContain("data:image/svg+xml");
    expect(screen.getByRole("status", { name: "Progress of the run" })).toHaveTextContent("physics is at 25 %.");
    documentTitle.setPage("25 % · physics");
    expect(document.title).toBe("25 % · physics · QLoRA fine-tuning");
    documentTitle.setPage("Train");
    tell({ ended: [ended()] });
    expect(document.title).toBe("✓ physics · Train · QLoRA fine-tuning");
    expect(screen.getByRole("status", { name: "Messages" })).toHaveTextContent("physics has finishedLoss 1.25 after 2 min 5 s");
    await userEvent.click(screen.getByRole("link", { name: "elsewhere" }));
    expect(document.title).toBe("Train · QLoRA fine-tuning");
    expect(icon.href).toMatch(/favicon\.svg$/);
  });

  it("that ended before the page was opened is no news", () => {
    open();
    tell({ ended: [ended()] });
    expect(screen.getByRole("status", { name: "Messages" })).toBeEmptyDOMElement();
    tell({ ended: [ended({ job_id: "j2", name: "history", status: "failed", error: "Out of memory." }), ended()] });
    expect(screen.getByRole("status", { name: "Messages" })).toHaveTextContent(/^history has failedOut of memory\./);
    expect(document.title).toBe("✕ history · Train · QLoRA fine-tuning");
  });

  it("that was cancelled is no news either: somebody wanted it", () => {
    allowNotifications();
    open();
    tell({ running: [JOB] });
    tell({ ended: [ended({ status: "cancelled" })] });
    expect(screen.getByRole("status", { name: "Messages" })).toBeEmptyDOMElement();
    expect(shown).toEqual([]);
    expect(document.title).toBe("Train · QLoRA fine-tuning");
  });
});

describe("a notification", () => {
  it("comes once, though two tabs know of the end", () => {
    allowNotifications();
    open();
    open();
    tell({ running: [JOB] });
    tell({ ended: [ended()] });
    expect(shown).toEqual(["physics has finished: Loss 1.25 after 2 min 5 s"]);
  });

  it("does not come unless it was asked for", () => {
    allowNotifications();
    endNotices.choose(false);
    open();
    tell({ running: [JOB] });
    tell({ ended: [ended()] });
    expect(shown).toEqual([]);
  });
});

import { afterEach, describe, expect, it, vi } from "vitest";

import { formatAbout, formatAboutBetween, formatBytes, formatCounted, formatDuration, formatFullTime, formatMetric, formatMoney, formatRatio, formatShare, formatSpeed, formatTime } from "@/lib/format";

describe("durations", () => {
  it.each([
    [0, "0 s"],
    [8.4, "8 s"],
    [125, "2 min 5 s"],
    [3600, "1 h"],
    [3840, "1 h 4 min"],
    [180_000, "2 d 2 h"],
    [null, "–"],
    [Number.POSITIVE_INFINITY, "–"],
  ])("%s seconds read %s", (seconds, text) => expect(formatDuration(seconds)).toBe(text));

  it.each([
    [3, "about 5 s"],
    [42, "about 40 s"],
    [119, "about 2 min"],
    [4100, "about 1 h 10 min"],
  ])("an estimate of %s seconds does not look exact", (seconds, text) => expect(formatAbout(seconds)).toBe(text));

  it.each([
    [1210, 1490, "about 20 to 25 min"],
    [50, 118, "about 50 s to 2 min"],
    [3000, 4100, "about 50 min to 1 h 10 min"],
    [118, 122, "about 2 min"],
  ])("a range from %s to %s seconds says its unit once", (least, most, text) => expect(formatAboutBetween(least, most)).toBe(text));
});

describe("sizes", () => {
  it.each([
    [0, "0 B"],
    [999, "999 B"],
    [1200, "1.2 kB"],
    [999_600, "1.0 MB"],
    [25_276_502_016, "25 GB"],
    [null, "–"],
  ])("%s bytes read %s", (bytes, text) => expect(formatBytes(bytes)).toBe(text));
});

it("tells a speed without digits that change all the time", () => {
  expect([null, 3.249, 9.96, 1234.56].map(formatSpeed)).toEqual(["–", "3.2", "10", "1,235"]);
});

it("tells one amount of another in whole per cent", () => {
  expect([0.9612, 1.2].map(formatRatio)).toEqual(["96 %", "120 %"]);
});

it("counts one thing as one", () => {
  expect([0, 1, 1250].map((count) => formatCounted(count, "example"))).toEqual(["0 examples", "1 example", "1,250 examples"]);
});

describe("metrics", () => {
  it.each([
    [0.412345, "0.4123"],
    [0.0002, "2e-4"],
    [0, "0"],
    [null, "–"],
    [Number.NaN, "–"],
  ])("%s reads %s", (value, text) => expect(formatMetric(value)).toBe(text));

  it("shares are per cent", () => expect(formatShare(0.034)).toBe("3.4 %"));
});

it("leaves a time that is none as it was written", () => {
  expect(formatTime("2026-01-02T12:04:05Z")).toMatch(/^Jan 2, \d\d:04 [AP]M$/);
  expect(formatTime("last spring")).toBe("last spring");
  expect(formatFullTime("<b>soon</b>")).toBe("<b>soon</b>");
  expect(formatTime(null)).toBe("–");
});

it("counts money in any currency", () => {
  expect(formatMoney(3.5)).toBe("$3.50");
  expect(formatMoney(0.0012, "EUR")).toBe("€0.0012");
  expect(formatMoney(3.5, "credits")).toBe("3.50 credits");
});

describe("to another reader", () => {
  afterEach(() => {
    vi.restoreAllMocks();
    vi.resetModules();
  });

  /** The functions as a browser set to these languages has them. */
  async function formatsFor(...languages: string[]) {
    vi.resetModules();
    vi.spyOn(navigator, "languages", "get").mockReturnValue(languages);
    return import("@/lib/format");
  }

  it("numbers and dates read as in the reader's own country", async () => {
    const german = await formatsFor("de-DE", "en");
    expect([german.formatCount(1234.5), german.formatBytes(1_250_000), german.formatMetric(0.412345)]).toEqual(["1.234,5", "1,3 MB", "0,4123"]);
    expect([german.formatMetric(0.00021), german.formatShare(0.034), german.formatFixed(0.5, 2)]).toEqual(["2,1e-4", "3,4 %", "0,50"]);
    expect(german.formatTime("2026-01-02T12:04:05Z")).toMatch(/^2\. Jan\., \d\d:04$/);
  });

  it("a language that is none is passed over", async () => {
    const { formatMetric } = await formatsFor("en-US@posix");
    expect(formatMetric(0.5)).toMatch(/^0.5$/);
  });
});

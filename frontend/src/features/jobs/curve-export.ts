/** A chart taken along: as a picture, or as the numbers in it. */

import type { LineStyle, PlotData } from "@/components/curves/plot-data";
import { saveFile } from "@/lib/save";

const HEADING_PX = 28;

/** Puts the drawn chart on the clipboard, with its title and a background; false when the browser refuses. */
export async function copyPicture(place: HTMLElement, title: string): Promise<boolean> {
  const drawn = place.querySelector("canvas");
  if (!drawn) return false;
  const scale = window.devicePixelRatio;
  const picture = document.createElement("canvas");
  picture.width = drawn.width;
  picture.height = drawn.height + HEADING_PX * scale;
  const pen = picture.getContext("2d");
  if (!pen) return false;
  const style = getComputedStyle(place);
  pen.fillStyle = getComputedStyle(document.body).backgroundColor;
  pen.fillRect(0, 0, picture.width, picture.height);
  pen.fillStyle = style.color;
  pen.font = `600 ${14 * scale}px ${style.fontFamily}`;
  pen.fillText(title, 8 * scale, 18 * scale);
  pen.drawImage(drawn, 0, HEADING_PX * scale);
  try {
    const image = new Promise<Blob>((done, fail) => picture.toBlob((blob) => (blob ? done(blob) : fail(new Error("no picture")))));
    await navigator.clipboard.write([new ClipboardItem({ "image/png": image })]);
    return true;
  } catch {
    return false;
  }
}

/** Saves what a chart shows, a column for each line. */
export function saveRows(title: string, axis: string, styles: LineStyle[], data: PlotData): void {
  saveFile(`${title.toLowerCase().replaceAll(" ", "-")}.csv`, new Blob([csvOf(axis, styles, data)], { type: "text/csv" }));
}

export function csvOf(axis: string, styles: LineStyle[], { x, lines }: PlotData): string {
  const head = [axis, ...styles.map(({ label }) => label)].map(quoted).join(",");
  const rows = x.map((at, index) => [at, ...lines.map((line) => line[index] ?? "")].join(","));
  return [head, ...rows].join("\n") + "\n";
}

/** A label may hold a comma; one that begins like a formula must not be run as one. */
function quoted(text: string): string {
  const plain = /^[=+\-@]/.test(text) ? `'${text}` : text;
  return `"${plain.replaceAll('"', '""')}"`;
}

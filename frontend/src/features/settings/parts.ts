/** What the settings page is made of: the service's sections, and what belongs to this browser and to nobody. */

import type { SettingList } from "@/api/settings";
import type { SettingField } from "@/features/settings/fields";

export interface Part {
  id: string;
  title: string;
  help: string;
  ofRuns: boolean;
}

export const BROWSER: Part = { id: "browser", title: "This browser", help: "Kept in this browser alone, for whoever uses it.", ofRuns: false };
export const ABOUT: Part = { id: "about", title: "About", help: "", ofRuns: false };

export function partsOf({ sections }: SettingList): Part[] {
  const told = sections.map(({ id, title, help, of_runs: ofRuns }) => ({ id, title, help, ofRuns }));
  const machine = told.filter(({ ofRuns }) => !ofRuns);
  return [...machine, BROWSER, ABOUT, ...told.filter(({ ofRuns }) => ofRuns)];
}

export interface Heading {
  title: string;
  fields: SettingField[];
}

/** The fields under their headings, in their order. */
export function headingsOf(fields: SettingField[]): Heading[] {
  const titles = [...new Set(fields.map(({ setting }) => setting.group))];
  return titles.map((title) => ({ title, fields: fields.filter(({ setting }) => setting.group === title) }));
}

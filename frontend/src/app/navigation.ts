/** The pages that the navigation leads to, in the order of the work: look, prepare, train, try, judge. */

import { Combine, Database, FilePlus2, Gauge, House, Layers, ListChecks, type LucideIcon, MessageSquareText, Settings, SlidersHorizontal, Trophy } from "lucide-react";

export interface NavigationPage {
  to: string;
  label: string;
  icon: LucideIcon;
  /** The letter that goes there after `g`. */
  letter: string;
  /** Whether it is in reach of the thumb on a narrow screen; the others are under "More". */
  often?: boolean;
}

export interface NavigationGroup {
  /** Empty where the pages need no heading. */
  title: string;
  pages: NavigationPage[];
}

export const NAVIGATION: NavigationGroup[] = [
  {
    title: "",
    pages: [{ to: "/", label: "Home", icon: House, letter: "h", often: true }],
  },
  {
    title: "Data",
    pages: [
      { to: "/datasets", label: "Datasets", icon: Database, letter: "d" },
      { to: "/generate", label: "Generate", icon: FilePlus2, letter: "n" },
    ],
  },
  {
    title: "Models",
    pages: [
      { to: "/train", label: "Train", icon: SlidersHorizontal, letter: "t", often: true },
      { to: "/jobs", label: "Jobs", icon: ListChecks, letter: "j", often: true },
      { to: "/adapters", label: "Adapters", icon: Layers, letter: "a", often: true },
      { to: "/merge", label: "Merge", icon: Combine, letter: "m" },
    ],
  },
  {
    title: "Answers",
    pages: [
      { to: "/playground", label: "Playground", icon: MessageSquareText, letter: "p", often: true },
      { to: "/evaluate", label: "Evaluate", icon: Gauge, letter: "e" },
      { to: "/evaluations", label: "Leaderboard", icon: Trophy, letter: "l" },
    ],
  },
  {
    title: "Machine",
    pages: [{ to: "/settings", label: "Settings", icon: Settings, letter: "s" }],
  },
];

export const PAGES: NavigationPage[] = NAVIGATION.flatMap(({ pages }) => pages);

/** Whether only its very address is the page, not what lies below it. */
export function isExact({ to }: NavigationPage): boolean {
  return to === "/";
}

import type { ReactNode } from "react";

const WEB_OR_MAIL = /^(https?:\/\/|mailto:)/i;

/** A link to the web or to mail opens beside the page; anything else a model makes up stays text. */
export function SafeLink({ href, children }: { href: string; children: ReactNode }) {
  if (!WEB_OR_MAIL.test(href)) return <span title={href}>{children}</span>;
  return (
    <a href={href} target="_blank" rel="noopener noreferrer nofollow" title={href}>
      {children}
    </a>
  );
}

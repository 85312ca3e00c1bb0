/** Elements for the tokens of a Markdown text. A token that is not known here is shown as the text it was written as. */

import type { MarkedToken, Token, Tokens } from "marked";
import { Fragment, type ReactNode } from "react";

import { AnswerCode } from "@/components/markdown/AnswerCode";
import { SafeLink } from "@/components/markdown/SafeLink";
import styles from "@/components/markdown/Markdown.module.css";
import { decodeEntities } from "@/lib/entities";

/** Nobody writes so many quotes within quotes; what lies deeper is shown as it was written. */
const DEEPEST = 30;

export function renderBlocks(tokens: Token[], depth = 0): ReactNode {
  return tokens.map((token, index) => <Fragment key={index}>{block(token as MarkedToken, depth)}</Fragment>);
}

function block(token: MarkedToken, depth: number): ReactNode {
  if (depth > DEEPEST) return token.raw;
  switch (token.type) {
    case "space":
    case "def":
      return null;
    case "heading":
      return <Heading level={token.depth}>{inline(token.tokens, depth)}</Heading>;
    case "paragraph":
      return <p>{inline(token.tokens, depth)}</p>;
    case "code":
      return <AnswerCode text={token.text} language={token.lang ?? ""} />;
    case "blockquote":
      return <blockquote>{renderBlocks(token.tokens, depth + 1)}</blockquote>;
    case "list":
      return <List token={token} depth={depth} />;
    case "table":
      return <Table token={token} depth={depth} />;
    case "hr":
      return <hr />;
    case "checkbox":
      return <input type="checkbox" checked={token.checked} disabled aria-label={token.checked ? "Done" : "Open"} />;
    case "html":
      return <p>{token.raw.trim()}</p>;
    default:
      return inline([token], depth);
  }
}

function inline(tokens: Token[] | undefined, depth: number): ReactNode {
  return tokens?.map((token, index) => <Fragment key={index}>{span(token as MarkedToken, depth + 1)}</Fragment>);
}

function span(token: MarkedToken, depth: number): ReactNode {
  if (depth > DEEPEST) return token.raw;
  switch (token.type) {
    case "strong":
      return <strong>{inline(token.tokens, depth)}</strong>;
    case "em":
      return <em>{inline(token.tokens, depth)}</em>;
    case "del":
      return <del>{inline(token.tokens, depth)}</del>;
    case "codespan":
      return <code>{token.text}</code>;
    case "br":
      return <br />;
    case "link":
      return <SafeLink href={token.href}>{inline(token.tokens, depth)}</SafeLink>;
    case "image":
      return <SafeLink href={token.href}>{`Image: ${decodeEntities(token.text) || "without a name"}`}</SafeLink>;
    case "escape":
      return token.text;
    case "text":
      return token.tokens ? inline(token.tokens, depth) : decodeEntities(token.text);
    default:
      return token.raw;
  }
}

/** The page has its own first and second level. */
function Heading({ level, children }: { level: number; children: ReactNode }) {
  const Tag = level <= 1 ? "h3" : level === 2 ? "h4" : "h5";
  return <Tag>{children}</Tag>;
}

function List({ token, depth }: { token: Tokens.List; depth: number }) {
  const items = token.items.map((item, index) => (
    <li key={index} className={item.task ? styles.task : undefined}>
      {renderBlocks(item.tokens, depth + 1)}
    </li>
  ));
  return token.ordered ? <ol start={Number(token.start)}>{items}</ol> : <ul>{items}</ul>;
}

function Table({ token, depth }: { token: Tokens.Table; depth: number }) {
  const cells = (row: Tokens.TableCell[], Tag: "th" | "td") =>
    row.map((cell, index) => (
      <Tag key={index} data-align={cell.align ?? undefined}>
        {inline(cell.tokens, depth)}
      </Tag>
    ));
  return (
    <div className={styles.table} tabIndex={0} role="region" aria-label="Table">
      <table>
        <thead>
          <tr>{cells(token.header, "th")}</tr>
        </thead>
        <tbody>
          {token.rows.map((row, index) => (
            <tr key={index}>{cells(row, "td")}</tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

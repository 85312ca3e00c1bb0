import { screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";

import Markdown from "@/components/markdown/Markdown";
import { renderPage } from "@/testing/render-page";

function show(text: string): HTMLElement {
  return renderPage(<Markdown text={text} />).container;
}

describe("a model's text is never more than text", () => {
  const attacks = [
    "<script>window.hacked = true</script>",
    "before\n\n<script>\nwindow.hacked = true\n</script>\n\nafter",
    '<img src=x onerror="window.hacked = true">',
    'text <img src=x onerror="window.hacked = true"> text',
    '<svg onload="window.hacked = true"><a href="javascript:alert(1)">x</a></svg>',
    '<iframe srcdoc="<script>1</script>"></iframe>',
    "<style>body { display: none }</style>",
    "[click](javascript:alert(1))",
    "[click](JaVaScRiPt:alert(1))",
    "[click](java&#x73;cript:alert(1))",
    "[click](<javascript:alert(1)>)",
    "[click]( javascript:alert(1))",
    "[click](\u0001javascript:alert(1))",
    "[click](data:text/html;base64,PHNjcmlwdD4x)",
    "[click](vbscript:x)",
    "[click](//evil.example)",
    "[click](/jobs)",
    "<javascript:alert(1)>",
    "[ref][1]\n\n[1]: javascript:alert(1)",
    "![pixel](https://evil.example/pixel.png)",
    '![x](x"onerror="alert(1))',
    '[x](https://a.example/"onmouseover="alert(1))',
    '| a |\n|---|\n| <img src=x onerror="1"> |',
    "- <script>1</script>\n- [x](javascript:1)",
    "> <iframe src=javascript:1>",
    '```html" onload="1\n<script>1</script>\n```',
  ];

  it.each(attacks)("%j", (text) => {
    const container = show(text);
    expect(container.querySelector("script, img, svg:not(.lucide), iframe, style, object, embed, form")).toBeNull();
    for (const link of container.querySelectorAll("a")) {
      expect(link.getAttribute("href")).toMatch(/^(https?:\/\/|mailto:)/i);
      expect(link).toHaveAttribute("rel", expect.stringContaining("noopener"));
    }
    for (const element of container.querySelectorAll("*")) {
      expect(element.getAttributeNames().filter((name) => name.startsWith("on") || name === "srcdoc")).toEqual([]);
    }
    expect(window).not.toHaveProperty("hacked");
  });

  it("shows HTML as it was written", () => {
    expect(show("use <b>bold</b> here")).toHaveTextContent("use <b>bold</b> here");
    expect(show("<div>\nblock\n</div>")).toHaveTextContent("<div> block </div>");
  });

  it("bears what is nested deeper than anybody reads", () => {
    expect(show(">".repeat(20_000) + " deep")).toHaveTextContent("deep");
    expect(show("*a ".repeat(2_000))).toHaveTextContent("a");
  });
});

describe("Markdown", () => {
  it("has headings below those of the page, lists, tables, code and links", () => {
    show(
      "# Title\n\n1. one\n2. two\n\n- [x] done\n\n| a | b |\n|--:|---|\n| 1 | **2** |\n\n" +
        "```python\nprint(1)\n```\n\n`x < y` ~~old~~ [site](https://example.org) &amp; more",
    );
    expect(screen.getByRole("heading", { name: "Title", level: 3 })).toBeVisible();
    expect(screen.getAllByRole("listitem")).toHaveLength(3);
    expect(screen.getByRole("checkbox", { name: "Done" })).toBeChecked();
    expect(screen.getByRole("cell", { name: "1" })).toHaveAttribute("data-align", "right");
    expect(screen.getByRole("region", { name: "Code, python" })).toHaveTextContent("print(1)");
    expect(screen.getByRole("button", { name: "Copy code" })).toBeVisible();
    expect(screen.getByText("x < y").tagName).toBe("CODE");
    expect(screen.getByRole("link", { name: "site" })).toHaveAttribute("href", "https://example.org");
    expect(screen.getByText(/& more/)).toBeVisible();
  });

  it("keeps the end of a line", () => {
    expect(show("one\ntwo").querySelector("br")).not.toBeNull();
  });

  it("never loads an image, but says where it is", () => {
    show("![chart](https://example.org/c.png)");
    expect(screen.getByRole("link", { name: "Image: chart" })).toHaveAttribute("href", "https://example.org/c.png");
  });

  it("shows a text that is too long as it is", () => {
    expect(show("**x** ".repeat(20_000)).querySelector("strong")).toBeNull();
  });
});

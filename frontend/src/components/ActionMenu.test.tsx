import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it, vi } from "vitest";

import { ActionMenu } from "@/components/ActionMenu";
import { renderPage } from "@/testing/render-page";

function open() {
  const [rename, remove] = [vi.fn(), vi.fn()];
  renderPage(
    <ActionMenu
      label="Actions for physics"
      items={[
        { label: "Rename", onSelect: rename },
        { label: "Open", to: "/jobs/j1" },
        { label: "Remove", onSelect: remove, disabled: true, why: "It is still running." },
      ]}
    />,
  );
  return { rename, remove, user: userEvent.setup(), button: screen.getByRole("button", { name: "Actions for physics" }) };
}

it("is used by the keyboard alone", async () => {
  const { user, button, rename } = open();
  await user.tab();
  expect(button).toHaveFocus();
  await user.keyboard("{ArrowDown}");
  expect(screen.getByRole("menuitem", { name: "Rename" })).toHaveFocus();
  await user.keyboard("{ArrowUp}");
  expect(screen.getByRole("menuitem", { name: /^Remove/ })).toHaveFocus();
  await user.keyboard("o");
  expect(screen.getByRole("menuitem", { name: "Open" })).toHaveFocus();
  await user.keyboard("{Escape}");
  expect(screen.queryByRole("menu")).not.toBeInTheDocument();
  expect(button).toHaveFocus();
  await user.keyboard("{Enter}");
  await user.keyboard("{Enter}");
  expect(rename).toHaveBeenCalledOnce();
  expect(button).toHaveFocus();
});

it("says why something cannot be chosen, and does not do it", async () => {
  const { user, button, remove } = open();
  await user.click(button);
  await user.click(screen.getByRole("menuitem", { name: /^Remove ?It is still running\.$/ }));
  expect(remove).not.toHaveBeenCalled();
  expect(screen.getByRole("menu")).toBeVisible();
});

it("leads to a page, and closes when somebody presses elsewhere", async () => {
  const { user, button } = open();
  await user.click(button);
  await user.click(document.body);
  expect(screen.queryByRole("menu")).not.toBeInTheDocument();
  await user.click(button);
  await user.click(screen.getByRole("menuitem", { name: "Open" }));
  expect(screen.getByText("arrived at a job")).toBeVisible();
});

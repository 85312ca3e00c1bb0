import { EllipsisVertical, type LucideIcon } from "lucide-react";
import { type KeyboardEvent, useEffect, useId, useLayoutEffect, useRef, useState } from "react";
import { createPortal } from "react-dom";
import { useNavigate } from "react-router";

import styles from "@/components/ActionMenu.module.css";
import { IconAction } from "@/components/IconAction";

export type MenuItem = {
  label: string;
  icon?: LucideIcon;
  /** Cannot be chosen, and `why` says so. */
  disabled?: boolean;
  why?: string;
  tone?: "danger";
} & ({ to: string } | { onSelect: () => void });

interface ActionMenuProps {
  /** What the actions are done to, e.g. "Actions for physics". */
  label: string;
  items: MenuItem[];
  icon?: LucideIcon;
}

/** A button with what else can be done; arrows, letters, Enter and Escape work as in every menu. */
export function ActionMenu({ label, items, icon = EllipsisVertical }: ActionMenuProps) {
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const id = useId();
  const close = (focusButton: boolean) => {
    setOpen(false);
    if (focusButton) button.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    setOpen(true);
  };
  return (
    <>
      <IconAction
        ref={button}
        label={label}
        icon={icon}
        aria-haspopup="menu"
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        onClick={() => setOpen(!open)}
        onKeyDown={onKeyDown}
      />
      {open && createPortal(<Menu id={id} label={label} items={items} button={button} onClose={close} />, placeForMenus())}
    </>
  );
}

/** Out of what scrolls and cuts off, and inside the page's main part, where readers look for what belongs to it. */
function placeForMenus(): HTMLElement {
  return document.getElementById("main") ?? document.body;
}

interface MenuProps {
  id: string;
  label: string;
  items: MenuItem[];
  button: React.RefObject<HTMLButtonElement | null>;
  onClose: (focusButton: boolean) => void;
}

function Menu({ id, label, items, button, onClose }: MenuProps) {
  const menu = useRef<HTMLDivElement>(null);
  const navigate = useNavigate();
  useLayoutEffect(() => placeBeside(menu.current, button.current), [button]);
  useLeaving(menu, button, onClose);
  const choose = (item: MenuItem) => {
    if (item.disabled) return;
    onClose(true);
    if ("to" in item) void navigate(item.to);
    else item.onSelect();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape" || event.key === "Tab") {
      if (event.key === "Escape") event.stopPropagation();
      onClose(event.key === "Escape");
      return;
    }
    const next = nextItem(menu.current, event.key);
    if (!next) return;
    event.preventDefault();
    next.focus();
  };
  return (
    <div ref={menu} id={id} role="menu" aria-label={label} tabIndex={-1} className={styles.menu} onKeyDown={onKeyDown}>
      {items.map((item) => (
        <Item key={item.label} item={item} onChoose={() => choose(item)} />
      ))}
    </div>
  );
}

function Item({ item: { label, icon: Icon, disabled, why, tone }, onChoose }: { item: MenuItem; onChoose: () => void }) {
  return (
    <button type="button" role="menuitem" tabIndex={-1} aria-disabled={disabled || undefined} data-tone={tone} className={styles.item} onClick={onChoose}>
      {Icon && <Icon size={15} aria-hidden />}
      <span>
        {label}
        {disabled && why && <span className={styles.why}>{why}</span>}
      </span>
    </button>
  );
}

/** Under the button, at its right end; above it where there is no room below. */
function placeBeside(menu: HTMLElement | null, button: HTMLElement | null): void {
  if (!menu || !button) return;
  const [beside, own] = [button.getBoundingClientRect(), menu.getBoundingClientRect()];
  const below = beside.bottom + 4;
  const top = below + own.height > window.innerHeight ? Math.max(8, beside.top - own.height - 4) : below;
  menu.style.top = `${top}px`;
  menu.style.left = `${Math.max(8, beside.right - own.width)}px`;
  menu.querySelector<HTMLElement>("[role=menuitem]")?.focus();
}

/** Closes when somebody presses elsewhere, or when what it belongs to moves away. */
function useLeaving(menu: React.RefObject<HTMLElement | null>, button: React.RefObject<HTMLElement | null>, onClose: (focusButton: boolean) => void): void {
  useEffect(() => {
    const isOurs = (target: EventTarget | null) => target instanceof Node && (menu.current?.contains(target) || button.current?.contains(target));
    const onPress = (event: Event) => !isOurs(event.target) && onClose(false);
    const onScroll = (event: Event) => !isOurs(event.target) && onClose(false);
    document.addEventListener("pointerdown", onPress);
    window.addEventListener("scroll", onScroll, true);
    window.addEventListener("resize", onScroll);
    return () => {
      document.removeEventListener("pointerdown", onPress);
      window.removeEventListener("scroll", onScroll, true);
      window.removeEventListener("resize", onScroll);
    };
  });
}

/** The item that a key leads to: the next, the previous, the ends, or the next that begins with a letter. */
function nextItem(menu: HTMLElement | null, key: string): HTMLElement | undefined {
  const items = [...(menu?.querySelectorAll<HTMLElement>("[role=menuitem]") ?? [])];
  const at = items.indexOf(document.activeElement as HTMLElement);
  if (key === "ArrowDown") return items[(at + 1) % items.length];
  if (key === "ArrowUp") return items.at(at <= 0 ? -1 : at - 1);
  if (key === "Home") return items[0];
  if (key === "End") return items.at(-1);
  if (key.length !== 1 || key === " ") return undefined;
  const following = [...items.slice(at + 1), ...items.slice(0, at + 1)];
  return following.find((item) => item.textContent.toLowerCase().startsWith(key.toLowerCase()));
}

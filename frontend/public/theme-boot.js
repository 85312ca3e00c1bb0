// Runs before the first paint, so that a dark page never flashes white. A file, because the page's
// content security policy allows no inline script. `src/lib/color-mode.ts` takes over from here.
(function () {
  var stored = null;
  try {
    stored = localStorage.getItem("color-mode");
  } catch {
    // Storage is blocked: follow the system.
  }
  var dark = stored ? stored === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  var root = document.documentElement;
  root.classList.add(dark ? "dark" : "light");
  root.style.colorScheme = dark ? "dark" : "light";
})();

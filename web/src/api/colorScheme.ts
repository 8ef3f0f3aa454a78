/** Switches Swagger UI to its dark theme while the browser prefers dark colours. Swagger UI does not do so by itself. */
export function followColorScheme() {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const update = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
  dark.addEventListener("change", update);
  update();
}

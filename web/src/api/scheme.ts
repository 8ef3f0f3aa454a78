/** Makes Swagger UI dark whenever the reader's browser is; it would wait to be told. */
export function followScheme() {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const set = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
  dark.addEventListener("change", set);
  set();
}

/** The header in which changes by a session repeat the CSRF cookie, as in Django. */
export const csrfHeader = "X-CSRFToken";

/** Returns the value of the CSRF cookie, or "" without a session. */
export function csrfToken(): string {
  return /(?:^|; )csrftoken=([^;]*)/.exec(document.cookie)?.[1] ?? "";
}

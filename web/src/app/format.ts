// The texts of values. Times are those of the browser's time zone.

const number = new Intl.NumberFormat("en", { maximumFractionDigits: 2 });
const time = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" });

export function formatTime(value: string | null): string {
  return value ? time.format(new Date(value)).replaceAll(" ", "\u00a0") : "–"; // without line breaks
}

/** Returns a score with its maximum. */
export function formatScore({ score, maxScore }: { score: number | null; maxScore: number | null }): string {
  if (score === null) return "–";
  return maxScore === null ? number.format(score) : `${number.format(score)} of ${number.format(maxScore)}`;
}

const states = {
  PAUSED: "Waiting for the teacher",
  QUEUED: "Waiting for the assessment",
  PROCESSING: "Being assessed",
  DONE: "Assessed",
};

/** Returns the state of a result in words. */
export function formatState({ state, label }: { state: keyof typeof states; label: string | null }): string {
  return label || states[state];
}

const roleNames = { TEACHER: "teacher", TA: "teaching assistant", DESIGNER: "course designer", STUDENT: "student" };

export function formatRoles(roles: (keyof typeof roleNames)[]): string {
  return roles.map((role) => roleNames[role]).join(", ");
}

/** Returns the text of untrusted HTML. */
export function plainText(html: string | null): string {
  return html ? (new DOMParser().parseFromString(html, "text/html").body.textContent ?? "") : "";
}

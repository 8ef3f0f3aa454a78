import { useState, type FormEvent, type ReactNode } from "react";
import * as apiKey from "./key";

/** The state of the key: not tested yet, accepted or refused by the server, or the server does not answer. */
export type Verdict = "unknown" | "accepted" | "refused" | "unreachable";

type Props = {
  /** The current key, "" for none. */
  current: string;
  verdict: Verdict;
  /** Called with a new key, or with "" to forget the current one. */
  onChange: (key: string) => void;
  /** The end of the sentence that asks for a key: what the page does with it. */
  promise: string;
  /** Links to other pages. */
  children: ReactNode;
};

/** The bar at the top of every page to enter, change and forget the API key. */
export function KeyBar({ current, verdict, onChange, promise, children }: Props) {
  const [changing, setChanging] = useState(false);
  const refused = verdict === "refused";
  const use = (key: string) => {
    setChanging(false);
    onChange(key);
  };

  return (
    <header className="key-bar">
      <strong>resultgraph</strong>
      {changing || refused || !current ? (
        <KeyForm onUse={use} onCancel={changing && !refused ? () => setChanging(false) : undefined} />
      ) : (
        <>
          <span>
            API key <code>{apiKey.prefix(current)}.••••••</code>
          </span>
          <button type="button" onClick={() => setChanging(true)}>Change</button>
        </>
      )}
      {current && <button type="button" onClick={() => use("")}>Forget</button>}
      <Message verdict={verdict} current={current} promise={promise} />
      <nav>{children}</nav>
    </header>
  );
}

function KeyForm({ onUse, onCancel }: { onUse: (key: string) => void; onCancel?: () => void }) {
  const [text, setText] = useState("");
  const [shown, setShown] = useState(false);
  const [wrong, setWrong] = useState(false);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const key = apiKey.read(text);
    if (key) onUse(key);
    else setWrong(true);
  };

  // The field has no name, so that browsers can not put it into a URL.
  return (
    <form onSubmit={submit} autoComplete="off">
      <label htmlFor="api-key">API key</label>
      <input
        id="api-key"
        type={shown ? "text" : "password"}
        value={text}
        onChange={(event) => setText(event.target.value)}
        placeholder="prefix.secret"
        autoComplete="off"
        spellCheck={false}
        maxLength={512}
        autoFocus
        required
      />
      <button type="button" aria-pressed={shown} onClick={() => setShown(!shown)}>{shown ? "Hide" : "Show"}</button>
      <button type="submit" className="primary">Use this key</button>
      {onCancel && <button type="button" onClick={onCancel}>Cancel</button>}
      {wrong ? (
        <span role="alert" className="bad">This is no API key: one looks like prefix.secret.</span>
      ) : (
        <span className="hint">Kept in this browser until you forget it, and sent only to this server.</span>
      )}
    </form>
  );
}

function Message({ verdict, current, promise }: Pick<Props, "verdict" | "current" | "promise">) {
  switch (verdict) {
    case "accepted":
      return current && <span role="status" className="good">accepted</span>;
    case "refused":
      return (
        <span role="alert" className="bad">
          {current
            ? `The API key ${apiKey.prefix(current)}.… was not accepted. Is it complete, and not expired or revoked?`
            : `An API key is needed: give it here, and ${promise}.`}
        </span>
      );
    case "unreachable":
      return <span role="alert" className="bad">The server does not answer.</span>;
    case "unknown":
      return null;
  }
}

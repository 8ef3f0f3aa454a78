import { useState, type FormEvent, type ReactNode } from "react";
import { keyPrefix, parseKey, type StoredKey } from "./apiKey";

/** The state of the key: not checked yet, accepted or rejected by the server, or the server does not respond. */
export type KeyStatus = "unknown" | "accepted" | "rejected" | "unreachable";

type Props = {
  stored: StoredKey;
  status: KeyStatus;
  /** Called with a new key, or with "" to remove the current one. */
  onChange: (next: StoredKey) => void;
  /** What the page needs the key for. It continues the sentence "Enter an API key". */
  purpose: string;
  /** Links to other pages. */
  children: ReactNode;
};

/** The bar at the top of every page to enter, change and remove the API key. */
export function KeyBar({ stored, status, onChange, purpose, children }: Props) {
  const [editing, setEditing] = useState(false);
  const { key: apiKey, keep } = stored;
  const rejected = status === "rejected";
  const submit = (next: StoredKey) => {
    setEditing(false);
    onChange(next);
  };

  return (
    <header className="bar">
      <strong>resultgraph</strong>
      {editing || rejected || !apiKey ? (
        <KeyForm keptBefore={keep} onSubmit={submit} onCancel={editing && !rejected ? () => setEditing(false) : undefined} />
      ) : (
        <>
          <span>
            API key <code>{keyPrefix(apiKey)}.••••••</code>
          </span>
          <button type="button" onClick={() => setEditing(true)}>Change</button>
        </>
      )}
      {apiKey && <button type="button" onClick={() => submit({ key: "", keep: false })}>Remove</button>}
      <StatusMessage apiKey={apiKey} status={status} purpose={purpose} />
      <nav>{children}</nav>
    </header>
  );
}

type KeyFormProps = { keptBefore: boolean; onSubmit: (next: StoredKey) => void; onCancel?: () => void };

function KeyForm({ keptBefore, onSubmit, onCancel }: KeyFormProps) {
  const [text, setText] = useState("");
  const [keep, setKeep] = useState(keptBefore);
  const [visible, setVisible] = useState(false);
  const [invalid, setInvalid] = useState(false);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const key = parseKey(text);
    if (key) onSubmit({ key, keep });
    else setInvalid(true);
  };

  // The field has no name, so that browsers cannot put it into a URL.
  return (
    <form onSubmit={submit} autoComplete="off">
      <label htmlFor="api-key">API key</label>
      <input
        id="api-key"
        type={visible ? "text" : "password"}
        value={text}
        onChange={(event) => setText(event.target.value)}
        placeholder="prefix.secret"
        autoComplete="off"
        spellCheck={false}
        maxLength={512}
        autoFocus
        required
      />
      <button type="button" aria-pressed={visible} onClick={() => setVisible(!visible)}>{visible ? "Hide" : "Show"}</button>
      <label>
        <input type="checkbox" checked={keep} onChange={(event) => setKeep(event.target.checked)} />
        Keep on this device
      </label>
      <button type="submit" className="primary">Use this key</button>
      {onCancel && <button type="button" onClick={onCancel}>Cancel</button>}
      {invalid ? (
        <span role="alert" className="error">This is not an API key: enter a key of the form prefix.secret.</span>
      ) : (
        <span className="hint">
          The key is sent only to this server. {keep ? "It stays in this browser until you remove it." : "It is forgotten when you close this tab, unless the browser reopens the tab."}
        </span>
      )}
    </form>
  );
}

function StatusMessage({ apiKey, status, purpose }: Pick<Props, "status" | "purpose"> & { apiKey: string }) {
  switch (status) {
    case "accepted":
      return apiKey && <span role="status" className="success">Key accepted</span>;
    case "rejected":
      return (
        <span role="alert" className="error">
          {apiKey
            ? `The server rejected the API key with the prefix ${keyPrefix(apiKey)}: check that it is complete, and neither expired nor revoked.`
            : `Enter an API key ${purpose}.`}
        </span>
      );
    case "unreachable":
      return <span role="alert" className="error">The server does not respond: check your connection and reload the page.</span>;
    case "unknown":
      return null;
  }
}

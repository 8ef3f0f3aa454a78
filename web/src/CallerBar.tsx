import { useState, type FormEvent, type ReactNode } from "react";
import { keyPrefix, parseKey, type StoredKey } from "./apiKey";
import type { Caller } from "./caller";
import { SignedIn } from "./SignedIn";

type Props = {
  stored: StoredKey;
  caller: Caller;
  /** Called with a new key, or with "" to remove the current one. */
  onChange: (next: StoredKey) => void;
  /** What the page needs the key for. It continues the sentence "Enter an API key or sign in". */
  purpose: string;
  /** The relative URL of the root of the server. */
  root: string;
  /** Links to other pages. */
  children: ReactNode;
};

/** The bar at the top of the pages for developers: who is signed in, and the API key to enter, change and remove. */
export function CallerBar({ stored, caller, onChange, purpose, root, children }: Props) {
  const [editing, setEditing] = useState(false);
  const { key: apiKey, keep } = stored;
  const { status, person } = caller;
  const rejected = status === "rejected";
  const isSignedIn = !apiKey && status === "accepted" && person;
  const submit = (next: StoredKey) => {
    setEditing(false);
    onChange(next);
  };

  return (
    <header className="bar">
      <strong>resultgraph</strong>
      {isSignedIn && <SignedIn person={person} signOutURL={`${root}lti/sign-out`} />}
      {editing || rejected || (!apiKey && !isSignedIn && status !== "asking") ? (
        <KeyForm keptBefore={keep} onSubmit={submit} onCancel={editing && !rejected ? () => setEditing(false) : undefined} />
      ) : (
        <>
          {apiKey && (
            <span>
              API key <code>{keyPrefix(apiKey)}.••••••</code>
            </span>
          )}
          <button type="button" onClick={() => setEditing(true)}>{apiKey ? "Change" : "Use an API key"}</button>
        </>
      )}
      {apiKey && <button type="button" onClick={() => submit({ key: "", keep: false })}>Remove</button>}
      <StatusMessage apiKey={apiKey} status={status} purpose={purpose} root={root} />
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

type StatusProps = Pick<Props, "purpose" | "root"> & Pick<Caller, "status"> & { apiKey: string };

function StatusMessage({ apiKey, status, purpose, root }: StatusProps) {
  switch (status) {
    case "accepted":
      return apiKey && <span role="status" className="success">Key accepted</span>;
    case "rejected":
      return (
        <span role="alert" className="error">
          {apiKey ? (
            `The server rejected the API key with the prefix ${keyPrefix(apiKey)}: check that it is complete, and neither expired nor revoked.`
          ) : (
            <>
              Enter an API key or <a href={`${root}app`}>sign in</a> {purpose}.
            </>
          )}
        </span>
      );
    case "unreachable":
      return <span role="alert" className="error">The server does not respond: check your connection and reload the page.</span>;
    case "asking":
    case "unknown":
      return null;
  }
}

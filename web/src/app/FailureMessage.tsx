import { useEffect, useState } from "react";
import type { Failure } from "./client";
import { Heading } from "./Heading";

/** Says why a view has no content, and what a person can do. */
export function FailureMessage({ failure }: { failure: Failure }) {
  if (failure.isSignedOut) return <SignInHelp />;
  return (
    <>
      <Heading title="This did not work" />
      <p role="alert">{failure.message}</p>
      <button type="button" onClick={() => location.reload()}>Try again</button>
    </>
  );
}

/** Says how to sign in. */
function SignInHelp() {
  const hasDemo = useHasDemo();
  return (
    <>
      <Heading title="You are not signed in" />
      <p role="alert">Open the tool in your course in Canvas. If you were signed in, your session has ended.</p>
      {window.parent !== window && <NewWindow />}
      {hasDemo && (
        <p>
          This server has demo data: <a href="demo">sign in as a person of the demo</a>.
        </p>
      )}
      <p>Programs need no sign-in: GraphiQL and the REST API page accept an API key.</p>
    </>
  );
}

/** Offers a launch in a new window, because the browser may block cookies in the frame of Canvas. */
function NewWindow() {
  const launchURL = new URL("lti/launch", location.href).href;
  return (
    <p>
      If you opened it just now, your browser blocks cookies here:{" "}
      <button type="button" onClick={() => parent.postMessage({ subject: "requestFullWindowLaunch", data: launchURL }, "*")}>
        Open in a new window
      </button>
    </p>
  );
}

/** Returns whether the server has the page of the demo sign-in. */
function useHasDemo(): boolean {
  const [hasDemo, setHasDemo] = useState(false);
  useEffect(() => {
    fetch("demo").then(({ ok }) => setHasDemo(ok), () => {});
  }, []);
  return hasDemo;
}

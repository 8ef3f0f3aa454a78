/** A person who is signed in. */
export type Person = {
  name: string;
  /** How the person is not the one who signed in, such as "demo sign-in". */
  note?: string | null;
};

type Props = { person: Person; /** The URL to which the form of the sign-out is sent. */ signOutURL: string };

/** Shows who is signed in, with a button to sign out. */
export function SignedIn({ person, signOutURL }: Props) {
  return (
    <form method="post" action={signOutURL} className="signed-in">
      <span>
        Signed in as <b>{person.name}</b>
      </span>
      {person.note && <span className="note">{person.note}</span>}
      <button>Sign out</button>
    </form>
  );
}

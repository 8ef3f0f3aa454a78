import { useEffect, useMemo, useState } from "react";
import { pick, useGraphiQL } from "@graphiql/react";
import { Table } from "../Table";
import { formatCSV, parseTable } from "./answerTable";

/** The maximum number of rows of the table on the page. The CSV file has all. */
const maxRows = 500;

/** The part below the answer, which shows it as a table or saves it as CSV. */
export function AnswerFooter() {
  const text = useAnswer();
  const [visible, setVisible] = useState(false);
  const table = useMemo(() => parseTable(text), [text]);
  const { columns, rows } = table;
  if (!rows.length) return null;
  return (
    <section aria-label="Answer as a table" className="answer-footer">
      <div>
        <button type="button" aria-expanded={visible} onClick={() => setVisible(!visible)}>Table</button>
        <button type="button" onClick={() => save(formatCSV(table))}>Save as CSV</button>
      </div>
      {visible && (
        <Table
          caption={rows.length > maxRows ? `The first ${maxRows} of ${rows.length} rows; the CSV file has all.` : `${rows.length} rows`}
          columns={columns}
          rows={rows.slice(0, maxRows).map((cells, i) => ({ key: `${i}`, cells }))}
          empty=""
        />
      )}
    </section>
  );
}

/** Returns the text of the answer. */
function useAnswer(): string {
  const { responseEditor } = useGraphiQL(pick("responseEditor"));
  const [text, setText] = useState("");
  useEffect(() => {
    setText(responseEditor?.getValue() ?? "");
    const listener = responseEditor?.onDidChangeModelContent(() => setText(responseEditor.getValue()));
    return () => listener?.dispose();
  }, [responseEditor]);
  return text;
}

function save(csv: string) {
  const url = URL.createObjectURL(new Blob([csv], { type: "text/csv" }));
  const link = Object.assign(document.createElement("a"), { href: url, download: "answer.csv" });
  link.click();
  URL.revokeObjectURL(url);
}

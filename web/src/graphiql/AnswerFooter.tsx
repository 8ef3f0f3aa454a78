import { useEffect, useMemo, useState } from "react";
import { pick, useGraphiQL } from "@graphiql/react";
import { formatCSV, parseTable, type AnswerTable } from "./answerTable";

/** The maximum number of rows of the table on the page. The CSV file has all. */
const maxRows = 500;

/** The part below the answer, which shows it as a table or saves it as CSV. */
export function AnswerFooter() {
  const text = useAnswer();
  const [visible, setVisible] = useState(false);
  const table = useMemo(() => parseTable(text), [text]);
  if (!table.rows.length) return null;
  return (
    <section aria-label="Answer as a table" className="answer-footer">
      <div>
        <button type="button" aria-expanded={visible} onClick={() => setVisible(!visible)}>Table</button>
        <button type="button" onClick={() => save(formatCSV(table))}>Save as CSV</button>
      </div>
      {visible && <Table table={table} />}
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

function Table({ table: { columns, rows } }: { table: AnswerTable }) {
  return (
    <div className="answer-table" role="region" aria-label="Table" tabIndex={0}>
      {rows.length > maxRows && <p>The first {maxRows} of {rows.length} rows; the CSV file has all.</p>}
      <table>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column} scope="col">{column}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, maxRows).map((row, i) => (
            <tr key={i}>
              {row.map((cell, j) => (
                <td key={j}>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function save(csv: string) {
  const url = URL.createObjectURL(new Blob([csv], { type: "text/csv" }));
  const link = Object.assign(document.createElement("a"), { href: url, download: "answer.csv" });
  link.click();
  URL.revokeObjectURL(url);
}

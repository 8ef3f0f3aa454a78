import { useId, type ReactNode } from "react";

/** A row. Its first cell is its header. */
export type Row = { key: string; cells: ReactNode[] };

type Props = { caption: string; /** The headers of the columns. */ columns: string[]; rows: Row[]; /** Shown in place of a table without rows. */ empty: string };

/** A table that scrolls on narrow screens, also with the keyboard. */
export function Table({ caption, columns, rows, empty }: Props) {
  const id = useId();
  if (!rows.length) return <p>{empty}</p>;
  return (
    <div className="data-table" role="region" aria-labelledby={id} tabIndex={0}>
      <table>
        <caption id={id}>{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column} scope="col">{column}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ key, cells: [header, ...cells] }) => (
            <tr key={key}>
              <th scope="row">{header}</th>
              {cells.map((cell, i) => (
                <td key={i}>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

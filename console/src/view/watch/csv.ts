// A table for a spreadsheet: a file the browser makes, and a fact that says who took it.
import type { Centre } from '../../centre.svelte';

type Cell = string | number | boolean | null | undefined;

/** Quoted where need be; what a spreadsheet would take for a formula is made text. */
export function csvText(rows: readonly (readonly Cell[])[]): string {
    const cell = (value: Cell): string => {
        if (typeof value === 'number') return String(value);
        const text = String(value ?? '');
        const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
        return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
    };
    return rows.map((row) => row.map(cell).join(',')).join('\r\n') + '\r\n';
}

/** The export is a fact first; without it there is no file. */
export async function exportCsv(
    centre: Centre,
    name: string,
    rows: readonly (readonly Cell[])[],
): Promise<string> {
    const reply = await centre.do('export', { what: name, rows: rows.length - 1, cause: 'quality' });
    if (reply.refusal !== 'none') return reply.refusal;
    const link = document.createElement('a');
    const url = URL.createObjectURL(new Blob(['\ufeff', csvText(rows)], { type: 'text/csv;charset=utf-8' }));
    link.href = url;
    link.download = `${name}.csv`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 10000);
    return '';
}

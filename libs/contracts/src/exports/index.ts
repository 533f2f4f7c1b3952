export { boardExport, boardExportColumns, boardFileName } from './board.js';
export type { ExportColumn, ExportTable, ExportValue } from './column.js';
export { csv, csvHead, csvLines } from './csv.js';
export { type TableFormat, tableFormats } from './formats.js';
export { latexTable, latexText } from './latex.js';
export { markdownTable } from './markdown.js';
export { settingsExportColumns, settingsExportRows } from './settings.js';
export { trialExportColumns } from './trials.js';

// What the dispatcher's page says.
export const zh = {
    'pane.queue': '待处置',
} as const;

export const en: { [K in keyof typeof zh]: string } = {
    'pane.queue': 'queue',
};

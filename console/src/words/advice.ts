// What the machine advises beside the units of an incident.
export const zh = {
    'advice.hospitals': '推荐医院',
    'advice.wanted': '需要 {kinds}',
    'advice.drive_wait': '路程 {drive} + 等候 {wait}',
    'advice.send_there': '送往',
    'fact.hospital_advised': '推荐医院',
} as const;

export const en: { [K in keyof typeof zh]: string } = {
    'advice.hospitals': 'Hospitals, ranked',
    'advice.wanted': 'wants {kinds}',
    'advice.drive_wait': 'drive {drive} + wait {wait}',
    'advice.send_there': 'go there',
    'fact.hospital_advised': 'hospital advised',
};

// Times and distances as people read them. All times are ms since 1970; the centre's clock is China
// Standard Time wherever the browser is.
const clock = new Intl.DateTimeFormat('en-GB', {
    timeZone: 'Asia/Shanghai',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
});

/** 09:56:38 */
export function clockTime(ms: number): string {
    return ms ? clock.format(ms) : '';
}

const day = new Intl.DateTimeFormat('en-GB', { timeZone: 'Asia/Shanghai', month: '2-digit', day: '2-digit' });

/** 11-22 09:56 */
export function dayTime(ms: number): string {
    const [date = '', month = ''] = day.format(ms).split('/');
    return `${month}-${date} ${clockTime(ms).slice(0, 5)}`;
}

/** 0:08, 12:40, 1:02:05: how long something has lasted, to the second. */
export function duration(ms: number): string {
    const s = Math.max(0, Math.floor(ms / 1000));
    const two = (n: number): string => String(n).padStart(2, '0');
    const rest = `${two(s % 60)}`;
    if (s < 3600) return `${Math.floor(s / 60)}:${rest}`;
    return `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${rest}`;
}

/** 7′: minutes rounded up, so that nobody is promised sooner than the machine thinks. */
export function minutes(s: number): string {
    return `${Math.ceil(s / 60)}′`;
}

/** 350 m, 1.2 km */
export function distance(m: number): string {
    return m < 1000 ? `${Math.round(m)} m` : `${(m / 1000).toFixed(m < 10000 ? 1 : 0)} km`;
}

const M_PER_DEGREE = 111195;

/** Between two places in 1e-7 degrees; good enough within a province. */
export function metres(
    a: { readonly lat_e7: number; readonly lon_e7: number },
    b: { readonly lat_e7: number; readonly lon_e7: number },
): number {
    const middle = (((a.lat_e7 + b.lat_e7) / 2e7) * Math.PI) / 180;
    const north = ((a.lat_e7 - b.lat_e7) / 1e7) * M_PER_DEGREE;
    const east = ((a.lon_e7 - b.lon_e7) / 1e7) * M_PER_DEGREE * Math.cos(middle);
    return Math.hypot(north, east);
}

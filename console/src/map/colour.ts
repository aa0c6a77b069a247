const colours = new Map<string, string>();

/** A colour of style.css. */
export function colour(name: string): string {
    const known = colours.get(name);
    if (known) return known;
    const read = getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
    colours.set(name, read);
    return read;
}

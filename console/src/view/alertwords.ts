// An alert in words of both languages.
import type { Centre } from '../centre.svelte';
import { detectorWord, half, known, say } from '../language.svelte';
import type { Alert } from '../wire';

/** "by chance about once in 358 days"; a rule is no matter of chance. */
export function chanceText(alert: Alert): string {
    if (alert.by_chance_h === 0) return '';
    const days = alert.by_chance_h / 24;
    return say('watch.by_chance', {
        n: days >= 1 ? say('watch.days', { n: Math.round(days) }) : say('watch.hours', { n: alert.by_chance_h }),
    });
}

export function syndromeWord(syndrome: string): string {
    return known(`syndrome.${syndrome}`) ?? syndrome;
}

/** What it says beside its title, or "". */
export function wordsOf(alert: Alert): string {
    const words = half(alert.words);
    return words.toLowerCase() === syndromeWord(alert.syndrome).toLowerCase() ? '' : words;
}

/** The same with what it says. */
export function subjectOf(centre: Centre, alert: Alert): string {
    return [whereOf(centre, alert), wordsOf(alert)].filter(Boolean).join(' ');
}

/** Where, or of whom or what. */
export function whereOf(centre: Centre, alert: Alert): string {
    const assignment = centre.find('assignment', alert.assignment);
    const unit = centre.find('unit', alert.unit || assignment?.unit || 0);
    const incident = alert.incident || assignment?.incident;
    return [
        centre.find('zone_name', alert.zone)?.name ?? '',
        centre.find('hospital', alert.hospital)?.name ?? '',
        centre.find('station', alert.station)?.name ?? '',
        alert.seat ? say('watch.seat', { n: alert.seat }) : '',
        incident ? `I${incident}` : '',
        unit?.code ?? '',
        alert.call ? `C${alert.call}` : '',
        alert.task ? `K${alert.task}` : '',
    ]
        .filter(Boolean)
        .join(' ');
}

/** Whether it counted cases; what else was found stands in its words. */
export function isCount(alert: Alert): boolean {
    return alert.syndrome !== '' && alert.observed_milli > 0;
}

/** Why it was raised, as a sentence. */
export function reasonOf(alert: Alert): string {
    const detector = detectorWord(alert.detector);
    if (!isCount(alert)) return `${detector}${alert.words ? `: ${half(alert.words)}` : ''}`;
    if (alert.expected_milli === 0) return say('watch.why_rule', { detector, seen: alert.observed_milli / 1000 });
    return say('watch.why_text', {
        detector,
        seen: alert.observed_milli / 1000,
        expected: (alert.expected_milli / 1000).toFixed(2),
    });
}

import { Counter, Histogram, type Registry } from 'prom-client';
import { deadLetterCounter } from '../metrics';

export function peopleMetrics(registry: Registry) {
  const registers = [registry];
  return {
    links: new Counter({
      name: 'muster_people_links_total',
      help: 'Links between identities, by what became of them',
      labelNames: ['outcome'],
      registers,
    }),
    choiceSeconds: new Histogram({
      name: 'muster_people_choice_seconds',
      help: 'From receipt of an opt-out or opt-in to its effect on every linked identity',
      buckets: [0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 60],
      registers,
    }),
    deadLetters: deadLetterCounter(registry),
  };
}

export type PeopleMetrics = ReturnType<typeof peopleMetrics>;

package dev.zdd.flags;

import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a report is made of.
 *
 * @param snapshot what the source says
 * @param declared the keys that the code declares, by key
 * @param evaluations how often the program has asked each flag of which it has a handle; null if no
 *     program runs
 * @param started when it began to count; null if no program runs
 * @param places where keys stand in the source code; null if nobody looked
 * @param remembered what the memory knows of the snapshot's flags; null without a memory
 */
record StaleEvidence(
    FlagSnapshot snapshot,
    Map<String, FlagKey> declared,
    @Nullable Map<String, Long> evaluations,
    @Nullable Instant started,
    @Nullable Map<String, String> places,
    @Nullable Map<String, FlagMemory.Remembered> remembered) {}

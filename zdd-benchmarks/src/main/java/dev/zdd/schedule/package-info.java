/**
 * What a thousand checks on their schedule take of a processor, and when they run: what {@code
 * zdd-benchmarks/schedule/run} shows.
 */
@org.jspecify.annotations.NullMarked
package dev.zdd.schedule;

/**
 * Servers that answer as little as they can, with zdd and without it, side by side in one JVM: what
 * {@code zdd-benchmarks/throughput/run} compares.
 */
@org.jspecify.annotations.NullMarked
package dev.zdd.throughput;

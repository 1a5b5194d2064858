/**
 * A client with thousands of connections: what {@code zdd-benchmarks/connections/run} measures
 * with.
 */
@org.jspecify.annotations.NullMarked
package dev.zdd.connections;

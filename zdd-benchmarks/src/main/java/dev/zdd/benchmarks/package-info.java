/**
 * What zdd costs on the request path, beside what else could have counted there. {@link
 * dev.zdd.benchmarks.BeginEndBenchmark} is the one to read first.
 */
package dev.zdd.benchmarks;

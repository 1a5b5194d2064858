/** Feature flags: a stable share of users, explained, from definitions that reload. */
module dev.zdd.flags {
  requires transitive dev.zdd.core;
  requires static transitive micrometer.core;
  requires com.fasterxml.jackson.core;
  requires org.slf4j;
  requires java.net.http;
  requires static org.jspecify;

  // Needed by RedisFlagSource and RedisFlagWriter only (and their parts), which nothing else loads.
  requires static lettuce.core;

  // Needed by NoStaleFlags and its extension only, which nothing else loads.
  requires static org.junit.jupiter.api;
  // Needed by OpenFeatureProvider only (and its parts), which nothing else loads.
  requires static dev.openfeature.sdk;

  exports dev.zdd.flags;
}

/** Health checks on a schedule, and the endpoint that reports them. */
module dev.zdd.health {
  requires transitive dev.zdd.core;
  requires com.fasterxml.jackson.core;
  requires java.management;
  requires org.slf4j;
  requires static transitive org.jspecify;

  // Each is needed by one class only, which nothing else loads: HikariCheck, HttpCheck,
  // DataSourceCheck and HikariCheck, LettuceCheck, HealthMetrics.
  requires static com.zaxxer.hikari;
  requires static transitive java.net.http;
  requires static transitive java.sql;
  requires static lettuce.core;
  requires static transitive micrometer.core;

  exports dev.zdd.health;
}

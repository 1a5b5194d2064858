/** Health checks on a schedule, and the endpoint that reports them. */
module dev.zdd.health {
  requires transitive dev.zdd.core;
  requires com.fasterxml.jackson.core;
  requires java.management;
  requires org.slf4j;
  requires static transitive org.jspecify;

  // Each is needed by one class only (and its parts), which nothing else loads: GrpcHealth,
  // HikariCheck, HttpCheck, DataSourceCheck and HikariCheck, LettuceCheck, HealthMetrics.
  requires static com.google.protobuf;
  requires static com.zaxxer.hikari;
  requires static io.grpc;
  requires static io.grpc.services;
  requires static io.grpc.stub;
  requires static transitive java.net.http;
  requires static transitive java.sql;
  requires static lettuce.core;
  requires static transitive micrometer.core;

  exports dev.zdd.health;
}

package dev.zdd.peers.springboot;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/** Spring Boot with a pool and the probes of Actuator; all else is in application.properties. */
@SpringBootApplication
public class SpringBootHealth {
  /** Arguments: {@code --server.port=…}, {@code --spring.datasource.url=…}. */
  public static void main(String[] args) {
    SpringApplication.run(SpringBootHealth.class, args);
  }
}

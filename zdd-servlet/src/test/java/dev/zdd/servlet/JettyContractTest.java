package dev.zdd.servlet;

import org.junit.jupiter.api.Disabled;
import org.junit.jupiter.api.Test;

/** Jetty under the contract. What it does not keep is named here. */
class JettyContractTest extends DrainContract {
  @Override
  ServerUnderTest start(ContractApplication application) throws Exception {
    return new JettyUnderTest(application);
  }

  @Override
  @Test
  @Disabled("Jetty closes with the body unread: a client that goes on sending gets a reset")
  void answersAnUploadWhoseBodyNobodyReads() {}
}

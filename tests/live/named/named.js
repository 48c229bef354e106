// Actors that log what they do, as named.py.
"use strict";

const crypto = require("crypto");
const fs = require("fs");
const { AbstractActor, CommunicationProtocolEnum, DaprServer, Temporal } = require("@dapr/dapr");

const log = (...words) => fs.appendFileSync(process.env.LOG, `${[process.ppid, ...words].join(" ")}\n`);

class NamedActor extends AbstractActor {
  async onActivate() {
    log("activated", `NamedActor/${this.getActorId().getId()}`);
  }

  async name() {
    const name = crypto.randomBytes(8).toString("hex");
    log("asks", `NamedActor/${this.getActorId().getId()}`, name);
    await this.registerActorReminder(name, Temporal.Duration.from({ seconds: 600 }));
    return name;
  }

  async receiveReminder() {}
}

async function main() {
  const server = new DaprServer({
    serverHost: "127.0.0.1",
    serverPort: process.env.APP_PORT,
    communicationProtocol: CommunicationProtocolEnum.HTTP,
    clientOptions: { daprHost: "127.0.0.1", daprPort: process.env.DAPR_HTTP_PORT },
  });
  await server.actor.init();
  server.actor.registerActor(NamedActor);
  await server.start();
}

main();

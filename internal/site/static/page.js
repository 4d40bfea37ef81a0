import { attach } from "./try.js";

attach(document);
